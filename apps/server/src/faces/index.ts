export { createKeyService, type KeyService, openFileKeyService } from './key-service.ts';
export { type FaceTemplate, MAX_SUB_TEMPLATES, packVector, unpackVector } from './model.ts';
export { FacesService, type MatchPolicy, type NewFace } from './service.ts';
