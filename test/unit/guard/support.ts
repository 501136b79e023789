import { type IdentityFetch } from '../../../src/domain/identity/identityFetch';
import { type EvidenceRecord } from '../../../src/guard/evidenceRecord';
import { type GuardConfig } from '../../../src/guard/guardConfig';
import { freshKey, didKey, start } from '../../fixtures/servers/localIssuer.mjs';

/** An issuer, the clock that everybody goes by, and the evidence that guards leave. */
export class GuardRig {
	/** Unix milliseconds. */
	time = Date.parse('2026-11-28T12:00:00Z');
	readonly evidence: EvidenceRecord[] = [];
	/** URLs that were asked for. */
	readonly fetched: string[] = [];
	readonly caller = freshKey();
	readonly did = didKey(this.caller.publicJwk);
	#issuer: Awaited<ReturnType<typeof start>> | undefined;

	static async open(): Promise<GuardRig> {
		const rig = new GuardRig();
		rig.#issuer = await start({ now: () => rig.time });
		return rig;
	}

	get issuer() {
		return this.#issuer!;
	}

	/** Answers from the issuer, without a network. */
	readonly fetch: IdentityFetch = ({ url }) => {
		this.fetched.push(url);
		const { pathname } = new URL(url);
		const [status, body] = this.issuer.answer('GET', pathname, new URL(url).searchParams);
		return Promise.resolve({ ok: true, status, contentType: 'application/json', body: JSON.stringify(body) });
	};

	/** A configuration that trusts the issuer and keeps its evidence here. */
	config(more: GuardConfig = {}): GuardConfig {
		return {
			...{ trustedIssuers: [this.issuer.trusted()], evidence: record => void this.evidence.push(record) },
			...{ now: () => this.time, fetch: this.fetch },
			...more,
		};
	}

	/** A badge about the caller. */
	badge(more: Partial<Parameters<Awaited<ReturnType<typeof start>>['issue']>[0]> = {}): string {
		return this.issuer.issue({ sub: this.did, key: this.caller.publicJwk, ...more });
	}

	close(): Promise<unknown> {
		return this.issuer.close();
	}
}
