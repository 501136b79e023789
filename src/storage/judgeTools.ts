import { type KeyObject, verify } from 'node:crypto';
import { type JudgeTools } from '../domain/audit/segmentJudge';
import { nodeSha256 } from './system';
import { readTrailKey, trailKeyId, trailSignatureBytes } from './trailKey';

/** Keys that are remembered at a time: a trail has a handful. */
const MAX_KEYS = 100;

/** What judging needs, by the runtime. Strict: one key and one signature are written in one way only. */
export class NodeJudgeTools implements JudgeTools {
	readonly hash = nodeSha256;
	private readonly keys = new Map<string, KeyObject | undefined>();

	keyId(publicKey: string): string | undefined {
		return this.keyOf(publicKey) && trailKeyId(publicKey);
	}

	holds(publicKey: string, text: () => string, signature: string): boolean {
		const key = this.keyOf(publicKey);
		const bytes = trailSignatureBytes(signature);
		return key !== undefined && bytes !== undefined && verify(undefined, Buffer.from(text(), 'utf8'), key, bytes);
	}

	protected keyOf(publicKey: string): KeyObject | undefined {
		if (!this.keys.has(publicKey)) {
			if (this.keys.size >= MAX_KEYS) {
				this.keys.clear();
			}
			this.keys.set(publicKey, readTrailKey(publicKey));
		}
		return this.keys.get(publicKey);
	}
}

/**
 * Says yes to every signature at once, and looks at the last one of each key only: what it is over names the hash of the entry
 * before, and so every byte before it, the earlier signatures among them. Whoever uses it for one segment asks
 * {@link allHold} at its end, and judges anew without it where that says no.
 */
export class DeferringJudgeTools extends NodeJudgeTools {
	private readonly last = new Map<string, { readonly text: () => string; readonly signature: string }>();

	override holds(publicKey: string, text: () => string, signature: string): boolean {
		if (this.keyOf(publicKey) === undefined || trailSignatureBytes(signature) === undefined) {
			return false;
		}
		this.last.set(publicKey, { text, signature });
		return true;
	}

	/** Whether all that was said yes to since the last time does hold. */
	allHold(): boolean {
		const claims = [...this.last];
		this.last.clear();
		return claims.every(([publicKey, { text, signature }]) => super.holds(publicKey, text, signature));
	}
}
