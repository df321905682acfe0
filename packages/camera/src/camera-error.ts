/** What can go wrong between a driver and its camera; whoever opens a camera can say it and try again. */
export type CameraErrorCode = 'driver_not_installed' | 'camera_not_found' | 'camera_unsupported' | 'camera_failed';

export class CameraError extends Error {
  readonly code: CameraErrorCode;

  constructor(code: CameraErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CameraError';
    this.code = code;
  }
}
