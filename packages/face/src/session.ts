import { InferenceSession, Tensor } from 'onnxruntime-node';

/** One network, ready to run. Single-threaded: parallelism comes from several workers, each with its own. */
export class Network {
  readonly #session: InferenceSession;
  readonly #inputName: string;

  private constructor(session: InferenceSession) {
    this.#session = session;
    this.#inputName = session.inputNames[0];
  }

  static async load(onnx: Uint8Array): Promise<Network> {
    return new Network(
      await InferenceSession.create(onnx, {
        executionProviders: ['cpu'],
        graphOptimizationLevel: 'all',
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // The runtime warns about initialisers it removes itself; only real trouble is of interest.
        logSeverityLevel: 3,
      }),
    );
  }

  /** Runs the network on NCHW values and answers the values of every output by name. */
  async run(input: Float32Array, shape: readonly number[]): Promise<Readonly<Record<string, Float32Array>>> {
    const results = await this.#session.run({ [this.#inputName]: new Tensor('float32', input, shape) });
    const values: Record<string, Float32Array> = {};
    for (const [name, tensor] of Object.entries(results)) values[name] = tensor.data as Float32Array;
    return values;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}
