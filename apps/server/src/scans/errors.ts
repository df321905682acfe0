import type { ChainErrorCode } from '@smile/camera';
import type { LightReportErrorCode } from './light.ts';

/** Failures of the scan endpoints and of taking a scan for a payment. */
export type ScansErrorCode =
  | 'scan_not_found'
  | 'scan_not_live'
  | 'scan_expired'
  | 'scan_already_used'
  | 'scan_undecided'
  | 'scans_at_capacity';

/** What ends a stream before a decision: sent as an `error` event, after which the socket is closed. */
export type StreamErrorCode =
  | ChainErrorCode
  | LightReportErrorCode
  | 'malformed_message'
  | 'unexpected_message'
  | 'frame_too_large'
  | 'too_many_frames'
  | 'test_camera_refused'
  | 'consent_withdrawn'
  | 'scan_timeout'
  | 'scans_at_capacity'
  | 'scan_worker_failed'
  | 'server_closing'
  | 'internal_error';

/** Words for the developer at the other end; the two chain codes that carry details bring their own. */
export const STREAM_ERRORS: Readonly<Record<StreamErrorCode, string>> = {
  malformed_frame: 'a frame could not be read',
  duplicate_frame: 'the same image was sent twice',
  out_of_order: 'a frame is missing or came out of order',
  clock_jump: 'the device clock made an implausible step between two frames',
  broken_chain: 'a frame does not continue the chain that began with the nonce of this scan',
  bad_signature: 'a frame is not signed by this terminal',
  light_report_malformed: 'a note in the chain says nothing that is known',
  light_report_out_of_order:
    'what the screen showed was reported twice, backwards or not in the order of the challenge',
  light_report_implausible: 'what the screen showed lies too far from the frames on the device clock',
  malformed_message: 'this text message is not known',
  unexpected_message: 'this message does not belong here: `start` once and first, frames after `ready`',
  frame_too_large: 'a frame is larger than the limits of this scan allow',
  too_many_frames: 'frames came faster, or more of them, than the limits of this scan allow',
  test_camera_refused: 'simulated and recorded frames are taken from terminals in test mode only',
  consent_withdrawn: 'the person has taken back the consent to biometrics',
  scan_timeout: 'the terminal fell silent, or the scan took too long',
  scans_at_capacity: 'too many scans run at the moment',
  scan_worker_failed: 'the worker that judged this scan failed',
  server_closing: 'the server is being stopped',
  internal_error: 'the server failed',
};
