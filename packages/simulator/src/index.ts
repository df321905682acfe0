export * from './people/index.ts';
export * from './scene-types.ts';
