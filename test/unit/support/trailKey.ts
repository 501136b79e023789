import { type AnchoredHead, type TrailSigner } from '../../../src/domain/audit/checkpoint';
import { type HeadAnchor } from '../../../src/storage/headAnchor';
import { newTrailKey, trailSigner } from '../../../src/storage/trailKey';

/** A signer with a key of its own. */
export function aSigner(): TrailSigner {
	return trailSigner(newTrailKey());
}

/** Keeps no head outside the trail. */
export class NoAnchor implements HeadAnchor {
	keep(): void {}

	heads(): Promise<readonly AnchoredHead[]> {
		return Promise.resolve([]);
	}

	flush(): Promise<void> {
		return Promise.resolve();
	}
}

/** Keeps every head it is given, in order, in memory. */
export class MemoryAnchor implements HeadAnchor {
	readonly kept: AnchoredHead[] = [];

	keep(head: AnchoredHead): void {
		this.kept.push(head);
	}

	heads(): Promise<readonly AnchoredHead[]> {
		return Promise.resolve([...new Map(this.kept.map(head => [head.stream, head])).values()]);
	}

	flush(): Promise<void> {
		return Promise.resolve();
	}
}

/** What every journal of a test needs besides its place. */
export function signed(): { readonly signer: TrailSigner; readonly anchor: HeadAnchor } {
	return { signer: aSigner(), anchor: new NoAnchor() };
}
