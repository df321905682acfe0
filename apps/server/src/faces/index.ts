export { createKeyService, type KeyService, openFileKeyService } from './key-service.ts';
export {
  cosine,
  type FaceTemplate,
  MAX_SUB_TEMPLATES,
  meanVector,
  packVector,
  unitVector,
  unpackVector,
} from './model.ts';
export { FacesService, type MatchPolicy, type NewFace } from './service.ts';
