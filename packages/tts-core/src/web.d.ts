// The few names of the web platform that this package uses. They exist in every runtime, but only the
// DOM's or Node's type libraries declare them, and with those timers and `process` would type-check too.

declare global {
  interface AbortSignal {
    readonly aborted: boolean;
    addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
    removeEventListener(type: "abort", listener: () => void): void;
  }

  var TextDecoder: new () => { decode(bytes: Uint8Array): string };
  var TextEncoder: new () => { encode(text: string): Uint8Array };
}

export {};
