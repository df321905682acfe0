export type { HostCall, HostReply } from './host-process.ts';
export { type GuestOptions, guestWithPrint, madeUpGuest } from './made-up-guests.ts';
export { askForScan, ScanClient, SIMULATED_CAMERA } from './scan-client.ts';
export { makeTerminal, type TestTerminal } from './scan-host.ts';
