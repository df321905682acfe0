export { type FaceFacts, NO_FACTS, sizeFits } from '../../faces/model.ts';
export { KNOWN_SEARCH_MS } from '../light.ts';
/** The pipeline of a scan without threads, sockets and database: for evaluations that must go through the real thing. */
export { type JudgeOptions, ScanJudge } from './scan-judge.ts';
export type { FaceReader, JudgedFrame, ScanProgress, ScanReason, ScanTemplate, ScanVerdict } from './types.ts';
