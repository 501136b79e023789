import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type JudgeTools } from '../domain/audit/segmentJudge';
import { nodeSha256 } from './system';
import { trailKeyId } from './trailKey';

/** Keys that are remembered at a time: a trail has a handful. */
const MAX_KEYS = 100;

/** What judging needs, by the runtime. Strict: one key and one signature are written in one way only. */
export class NodeJudgeTools implements JudgeTools {
	readonly hash = nodeSha256;
	private readonly keys = new Map<string, KeyObject | undefined>();

	keyId(publicKey: string): string | undefined {
		return this.keyOf(publicKey) && trailKeyId(publicKey);
	}

	holds(publicKey: string, text: string, signature: string): boolean {
		const key = this.keyOf(publicKey);
		const bytes = exact(signature);
		return key !== undefined && bytes !== undefined && verify(undefined, Buffer.from(text, 'utf8'), key, bytes);
	}

	protected keyOf(publicKey: string): KeyObject | undefined {
		if (!this.keys.has(publicKey)) {
			if (this.keys.size >= MAX_KEYS) {
				this.keys.clear();
			}
			this.keys.set(publicKey, readKey(publicKey));
		}
		return this.keys.get(publicKey);
	}
}

/**
 * Says yes to every signature at once and has them looked at on other threads, beside the reading. Whoever uses it waits for
 * {@link allHold}, and judges anew without it where that says no.
 */
export class DeferringJudgeTools extends NodeJudgeTools {
	private looks: Promise<boolean>[] = [];

	override holds(publicKey: string, text: string, signature: string): boolean {
		const key = this.keyOf(publicKey);
		const bytes = exact(signature);
		if (key === undefined || bytes === undefined) {
			return false;
		}
		this.looks.push(
			new Promise(resolve => {
				verify(undefined, Buffer.from(text, 'utf8'), key, bytes, (error, holds) => {
					resolve(error === null && holds);
				});
			}),
		);
		return true;
	}

	/** Whether all that was said yes to since the last time does hold. */
	async allHold(): Promise<boolean> {
		const looks = this.looks;
		this.looks = [];
		return (await Promise.all(looks)).every(holds => holds);
	}
}

function exact(signature: string): Buffer | undefined {
	const bytes = Buffer.from(signature, 'base64url');
	return bytes.length === 64 && bytes.toString('base64url') === signature ? bytes : undefined;
}

/** A raw Ed25519 public key (RFC 8032 §5.1.5) in base64url; undefined for what is none. */
export function readKey(publicKey: string): KeyObject | undefined {
	try {
		const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
		return key.export({ format: 'jwk' }).x === publicKey ? key : undefined;
	} catch {
		return undefined;
	}
}
