export { ATTACK_SPECIES, type AttackKind, sheetAttack } from './attacks/sheet.ts';
export { type CaptureOptions, captureFrames } from './camera/capture-frames.ts';
export { StageCamera, type StageScene, type StageSubject } from './camera/stage-camera.ts';
export * from './people/index.ts';
export { KIOSK_SCREEN, type LightName, ROOM_LIGHTS, type RoomLight, type ScreenLight } from './render/lights.ts';
export { DEFAULT_INTRINSICS, FACE_AHEAD_MM } from './render/view.ts';
export * from './scene-types.ts';
export { DEFAULT_DEPTH_SENSOR, type DepthSensor, depthSigmaMm } from './sensor/depth-camera.ts';
