export {
  type FaceFacts,
  type FaceTemplate,
  MAX_SUB_TEMPLATES,
  NO_FACTS,
  packProbe,
  unpackProbe,
} from './model.ts';
export { FacesService, type MatchPolicy, type NewFace } from './service.ts';
export { openKeyFiles } from './vault/key-files.ts';
export { createMemoryKeys, type KeyService } from './vault/key-service.ts';
export { createRecordSealer, type RecordSealer } from './vault/record-sealer.ts';
export { TemplateVault } from './vault/template-vault.ts';
