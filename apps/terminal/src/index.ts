export { type TerminalConfig, TerminalConfigSchema } from './config.ts';
export { type RunningTerminal, startTerminal } from './terminal.ts';
