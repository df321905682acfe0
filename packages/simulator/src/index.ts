export { attackWith } from './attacks/attacks.ts';
export { type InjectionOptions, injectedFrames } from './attacks/injections.ts';
export { type Portrait, portraitOfPhoto, takePortrait } from './attacks/portrait.ts';
export type { AttackOptions } from './attacks/sheets.ts';
export {
  ATTACK_SPECIES,
  type AttackKind,
  type AttackSpecies,
  type AttackSubject,
  type InjectionKind,
  isPresented,
} from './attacks/species.ts';
export type { AttackTarget } from './attacks/target.ts';
export { type CaptureOptions, captureFrames, captureInTurn } from './camera/capture-frames.ts';
export { RESTING_SCREEN } from './camera/shot.ts';
export { DEFAULT_SHUTTER, IDEAL_SHUTTER, paintToStampMs, type ShutterTiming } from './camera/shutter.ts';
export { SimulatedCameraDriver, StageCamera, type StageScene } from './camera/stage-camera.ts';
export type { StageSubject } from './camera/stage-subjects.ts';
export * from './people/index.ts';
export { isReportingSeed, PERSON_SEEDS } from './people/person-seeds.ts';
export { PHOTO_IPD_MM } from './photo/face-points.ts';
export { type PhotoPersonOptions, photoPerson } from './photo/photo-person.ts';
export { KIOSK_SCREEN, type LightName, ROOM_LIGHTS, type RoomLight, type ScreenLight } from './render/lights.ts';
export { DEFAULT_INTRINSICS, FACE_AHEAD_MM } from './render/view.ts';
export * from './scene-types.ts';
export { DEFAULT_DEPTH_SENSOR, type DepthSensor, depthSigmaMm } from './sensor/depth-camera.ts';
export { BONA_FIDE_SUBGROUPS, type BonaFide, type BonaFideSubgroup, bonaFide } from './variety/bona-fide.ts';
