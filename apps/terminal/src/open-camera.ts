import { CameraError, type DepthCamera, type DepthCameraDriver, OpenNiDriver, openRecording } from '@smile/camera';

const RECORDING = 'recording:';

/**
 * Opens the camera that the setting `CAMERA` names; null for `none`. Throws an Error in plain words when the driver, the
 * device or the file is missing: the hub shows it and tries again.
 */
export async function openCamera(
  setting: string,
  openNi: DepthCameraDriver = new OpenNiDriver(),
): Promise<DepthCamera | null> {
  if (setting === 'none') return null;
  if (setting === 'openni2') return openFirst(openNi);
  if (setting.startsWith(RECORDING)) return openRecording(setting.slice(RECORDING.length), { loop: true });
  throw new Error(`there is no driver for the camera ${setting}`);
}

async function openFirst(driver: DepthCameraDriver): Promise<DepthCamera> {
  const [first] = await driver.list();
  if (first) return driver.open(first.id);
  throw new CameraError(
    'camera_not_found',
    `${driver.name} finds no camera. Is it plugged in, and may this user open it (udev rules)?`,
  );
}
