export { Lab } from './lab.ts';
export { labRoutes } from './routes.ts';
export { LabStore } from './store.ts';
