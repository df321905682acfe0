import {
  type LabSessionState,
  LabSessionStateSchema,
  type LabState,
  LabStateSchema,
  type StageSetting,
  StageSettingSchema,
  StageSubjectSchema,
} from '@smile/contract';
import { z } from 'zod';
import { connectLocal, type LocalCall } from '../local.ts';

const StageStateSchema = z.object({
  setting: StageSettingSchema,
  people: z.array(z.object({ id: z.string(), label: z.string(), subject: StageSubjectSchema })),
});
export type StageState = z.infer<typeof StageStateSchema>;

/** The attack lab's part of the terminal. Every call rejects with an ApiError. */
export type LabApi = {
  state(): Promise<LabState>;
  signIn(token: string): Promise<LabState>;
  signOut(): Promise<void>;
  session(id: string): Promise<LabSessionState>;
  open(wanted: { title: string; place: string; consent: string | null }): Promise<LabSessionState>;
  voidAttempt(id: string, number: number, reason: string): Promise<LabSessionState>;
  deletePictures(id: string): Promise<LabSessionState>;
  stage(): Promise<StageState>;
  setStage(setting: StageSetting): Promise<void>;
};

export function connectLab(origin: string): LabApi {
  const local: LocalCall = connectLocal(origin);
  const one = (id: string) => `/lab/api/sessions/${encodeURIComponent(id)}`;
  return {
    state: async () => LabStateSchema.parse(await local('/lab/api')),
    signIn: async (token) => LabStateSchema.parse(await local('/lab/api/sign-in', { body: { token } })),
    signOut: async () => void (await local('/lab/api/sign-in', { method: 'DELETE' })),
    session: async (id) => LabSessionStateSchema.parse(await local(one(id))),
    open: async (wanted) => LabSessionStateSchema.parse(await local('/lab/api/sessions', { body: wanted })),
    voidAttempt: async (id, number, reason) =>
      LabSessionStateSchema.parse(await local(`${one(id)}/attempts/${number}/void`, { body: { reason } })),
    deletePictures: async (id) => LabSessionStateSchema.parse(await local(`${one(id)}/captures`, { method: 'DELETE' })),
    stage: async () => StageStateSchema.parse(await local('/stage/api')),
    // A person takes a second or two to be made.
    setStage: async (setting) => void (await local('/stage/api', { method: 'PUT', body: setting, timeoutMs: 30_000 })),
  };
}
