export * from './scene-types.ts';
