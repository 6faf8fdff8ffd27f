/**
 * What every runtime this code meets has alike: browsers, their workers, workerd and Node.
 *
 * Pure areas compile against this and the language alone, so that reaching for a document, a
 * socket or a timer there is a type error. Areas that use them compile with their own full types.
 */

type BufferSource = ArrayBufferView<ArrayBuffer> | ArrayBuffer;

type KeyFormat = "jwk" | "pkcs8" | "raw" | "spki";
type KeyType = "private" | "public" | "secret";
type KeyUsage =
  | "decrypt"
  | "deriveBits"
  | "deriveKey"
  | "encrypt"
  | "sign"
  | "unwrapKey"
  | "verify"
  | "wrapKey";

interface KeyAlgorithm {
  name: string;
}

interface Algorithm {
  name: string;
}

type AlgorithmIdentifier = Algorithm | string;

interface AesCtrParams extends Algorithm {
  counter: BufferSource;
  length: number;
}

interface AesGcmParams extends Algorithm {
  additionalData?: BufferSource;
  iv: BufferSource;
  tagLength?: number;
}

interface AesKeyAlgorithm extends Algorithm {
  length: number;
}

interface HkdfParams extends Algorithm {
  hash: AlgorithmIdentifier;
  info: BufferSource;
  salt: BufferSource;
}

interface HmacImportParams extends Algorithm {
  hash: AlgorithmIdentifier;
  length?: number;
}

interface EcKeyAlgorithm extends Algorithm {
  namedCurve: string;
}

interface EcdsaParams extends Algorithm {
  hash: AlgorithmIdentifier;
}

interface EcdhKeyDeriveParams extends Algorithm {
  public: CryptoKey;
}

interface JsonWebKey {
  alg?: string;
  crv?: string;
  d?: string;
  ext?: boolean;
  k?: string;
  key_ops?: string[];
  kty?: string;
  use?: string;
  x?: string;
  y?: string;
}

interface CryptoKey {
  readonly algorithm: KeyAlgorithm;
  readonly extractable: boolean;
  readonly type: KeyType;
  readonly usages: KeyUsage[];
}

interface CryptoKeyPair {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

type CipherParams = AesCtrParams | AesGcmParams;
type DeriveParams = EcdhKeyDeriveParams | HkdfParams;
type KeyParams = AesKeyAlgorithm | AlgorithmIdentifier | EcKeyAlgorithm | HmacImportParams;

interface SubtleCrypto {
  decrypt(algorithm: CipherParams, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  deriveBits(algorithm: DeriveParams, baseKey: CryptoKey, length: number): Promise<ArrayBuffer>;
  deriveKey(
    algorithm: DeriveParams,
    baseKey: CryptoKey,
    derivedKeyType: AesKeyAlgorithm | HmacImportParams,
    extractable: boolean,
    keyUsages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  digest(algorithm: AlgorithmIdentifier, data: BufferSource): Promise<ArrayBuffer>;
  encrypt(algorithm: CipherParams, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  exportKey(format: "jwk", key: CryptoKey): Promise<JsonWebKey>;
  exportKey(format: Exclude<KeyFormat, "jwk">, key: CryptoKey): Promise<ArrayBuffer>;
  generateKey(
    algorithm: "Ed25519" | "X25519" | EcKeyAlgorithm | { name: "Ed25519" | "X25519" },
    extractable: boolean,
    keyUsages: readonly KeyUsage[],
  ): Promise<CryptoKeyPair>;
  generateKey(
    algorithm: AesKeyAlgorithm | HmacImportParams,
    extractable: boolean,
    keyUsages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  importKey(
    format: "jwk",
    keyData: JsonWebKey,
    algorithm: KeyParams,
    extractable: boolean,
    keyUsages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  importKey(
    format: Exclude<KeyFormat, "jwk">,
    keyData: BufferSource,
    algorithm: KeyParams,
    extractable: boolean,
    keyUsages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  sign(
    algorithm: AlgorithmIdentifier | EcdsaParams,
    key: CryptoKey,
    data: BufferSource,
  ): Promise<ArrayBuffer>;
  verify(
    algorithm: AlgorithmIdentifier | EcdsaParams,
    key: CryptoKey,
    signature: BufferSource,
    data: BufferSource,
  ): Promise<boolean>;
}

interface Crypto {
  readonly subtle: SubtleCrypto;
  getRandomValues<View extends ArrayBufferView>(array: View): View;
}

declare const crypto: Crypto;

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBuffer | ArrayBufferView): string;
}

declare class URL {
  constructor(url: string, base?: string);
  readonly hash: string;
  readonly host: string;
  readonly hostname: string;
  readonly href: string;
  readonly origin: string;
  readonly pathname: string;
  readonly protocol: string;
  readonly search: string;
}

declare class AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
  throwIfAborted(): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare function atob(data: string): string;
declare function btoa(data: string): string;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<Value>(value: Value): Value;
