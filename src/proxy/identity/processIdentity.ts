import { type Clock, type IdSource } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { isJsonObject, type JsonObject } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import {
	type Disclosure,
	isSilent,
	joinDisclosures,
	readIdentityHeaders,
	readIdentityMeta,
	renewed,
} from '../../domain/identity/disclosure';
import { type Principal, unknownPrincipal } from '../../domain/identity/principal';
import { comparePin, type RememberedPin } from '../../domain/identity/principalPin';
import {
	challengeMeta,
	LEGACY_CREATED_KEY,
	LEGACY_NONCE_KEY,
	LEGACY_SIGNATURE_KEY,
	popNonce,
	proofIn,
	PROOF_KEY,
} from '../../domain/identity/proofOfPossession';
import { bindOf, type ServerPlace } from '../../domain/identity/serverPlace';
import { type GivenProof } from '../../domain/identity/verifyServer';
import { META_CAPABILITIES, META_CLIENT, META_REVISION } from '../../firewall/modern';
import { type RpcId } from '../../firewall/message';
import {
	IDENTITY_AGAIN_MS,
	IDENTITY_AHEAD_MS,
	IDENTITY_ANSWER_MS,
	IDENTITY_BUDGET_MS,
	IDENTITY_LONGEST_MS,
} from '../limits';
import { OneShot } from '../relay/oneShot';
import { OwnQuestions } from './ownQuestions';

/** What a process is verified with. */
export interface ProcessParts {
	readonly place: ServerPlace;
	/** Who asks, as proofs name it. */
	readonly audience: string;
	/** What is remembered of the server. Never rejects. */
	readonly pin: () => Promise<RememberedPin>;
	/** True where somebody is trusted, so that servers are asked who they are. */
	readonly asks: () => boolean;
	/** Verifies, and remembers what was proven. Never rejects. */
	readonly verify: (disclosure: Disclosure, proof: GivenProof | undefined, place: ServerPlace) => Promise<Principal>;
	/** True where the first form of proof is asked for with `initialize`, whether or not the server is known to disclose. */
	readonly review: boolean;
	readonly clock: Clock;
	readonly ids: IdSource;
	/** What is known of it is other than before. */
	readonly changed: () => void;
}

/** The keys of `_meta` without which no request of a revision without sessions is one. */
const REVISION_KEYS = [META_REVISION, META_CAPABILITIES, META_CLIENT] as const;

/**
 * Who one process, or one connection, is: what it disclosed, asked for a proof, verified in the background and again before its
 * badge ends. INVARIANT: nothing that another process said or proved counts here.
 */
export class ProcessIdentity implements Disposable {
	private readonly questions: OwnQuestions;
	private readonly heads = new Map<RpcId, Disclosure>();
	private readonly awaited = new Set<RpcId>();
	private readonly settledOnce = new OneShot<true>();
	private disclosed: Disclosure = {};
	private remembered: RememberedPin = { kind: 'none' };
	/** The last answer with a proof; it counts for as long as the process runs and does not answer otherwise. */
	private proof: GivenProof | undefined;
	private legacy:
		{ readonly nonce: string; readonly askedAt: number; answer?: { jws: string; at: number } } | undefined;
	private meta: JsonObject | undefined;
	private begun = false;
	private round = 0;
	private again: Disposable | undefined;
	private over = false;
	private known: Principal;

	constructor(
		private readonly parts: ProcessParts,
		send: (bytes: Uint8Array, value: JsonObject) => Promise<void>,
	) {
		this.questions = new OwnQuestions(send, parts.clock, parts.ids);
		this.known = unknownPrincipal(this.now, true);
	}

	/**
	 * Whether a request may reach it that was judged while it was not known yet, or before it ran: one that says who it is, or is
	 * remembered, is waited for, 5 s at most. False where it turned out to be an impostor.
	 */
	async isCleared(): Promise<boolean> {
		if (this.known.pending === true && this.begun) {
			const discloses = this.disclosed.did !== undefined || this.disclosed.conflict === true;
			if (discloses || (await this.parts.pin()).kind !== 'none') {
				await this.settledOnce.within(IDENTITY_BUDGET_MS, this.parts.clock);
			}
		}
		return !this.known.blocked;
	}

	/** What is known now; `pending` until it was found out. */
	get principal(): Principal {
		return this.known;
	}

	/** Once it was found out, or the process is gone. */
	get settled(): Promise<true> {
		return this.settledOnce.promise;
	}

	/** The members of `_meta` that go with `initialize`: only toward a server of which it is known that it discloses. */
	async helloMeta(): Promise<JsonObject | undefined> {
		const pin = await this.parts.pin();
		this.remembered = pin;
		this.expect();
		if (!this.parts.review && pin.kind !== 'pinned') {
			return undefined;
		}
		this.legacy = { nonce: this.nonce(), askedAt: this.now };
		return { [LEGACY_NONCE_KEY]: this.legacy.nonce, [LEGACY_CREATED_KEY]: this.legacy.askedAt };
	}

	/** A request is on its way whose answer may disclose something. */
	watch(id: RpcId): void {
		this.awaited.add(id);
	}

	/** True while no answer is awaited that may disclose something. */
	get greeted(): boolean {
		return this.awaited.size === 0;
	}

	/** The head of a response. */
	head(id: RpcId, headers: readonly string[]): void {
		if (this.awaited.has(id) || this.questions.owns(id)) {
			this.heads.set(id, readIdentityHeaders(headers));
		}
	}

	/** Takes a line where it answers a question of ours; then nobody else may see it. */
	take(bytes: Uint8Array): RpcId | undefined {
		return this.questions.take(bytes);
	}

	/** The answer to a request that is watched was handed on. */
	answered(id: RpcId, result: JsonObject | undefined): void {
		if (!this.awaited.delete(id)) {
			return;
		}
		const head = this.heads.get(id) ?? {};
		this.heads.delete(id);
		const said = joinDisclosures(readIdentityMeta(result?._meta), head);
		const jws = proofIn(result?._meta, LEGACY_SIGNATURE_KEY);
		if (this.legacy !== undefined && jws !== undefined) {
			this.legacy.answer = { jws, at: this.now };
		}
		if (!isSilent(said)) {
			const before = this.disclosed;
			this.disclosed = renewed(before, said);
			this.expect();
			// It was begun without it, or with a badge that has been renewed since.
			if (this.begun && !sameJson({ ...before }, { ...this.disclosed })) {
				void this.look();
			}
		}
	}

	/** The client has greeted it: it may be asked. `meta`: what each request of a revision without sessions says. */
	begin(meta: JsonObject | undefined): void {
		if (this.begun || this.over) {
			return;
		}
		this.begun = true;
		this.meta = meta && Object.fromEntries(REVISION_KEYS.map(key => [key, meta[key]]));
		void this.look();
	}

	/** Whom the person trusts is other than before. */
	reconsider(): void {
		if (this.begun && !this.over) {
			void this.look();
		}
	}

	dispose(): void {
		this.over = true;
		this.again?.dispose();
		this.questions.close();
		this.settledOnce.fire(true);
	}

	private get now(): number {
		return Math.floor(this.parts.clock.now() / 1000);
	}

	private nonce(): string {
		const { ids } = this.parts;
		return popNonce(ids.token() + ids.token());
	}

	/** What can be told before anybody is asked: that it says who it is, that it is remembered, and as somebody else. */
	private expect(): void {
		const { did } = this.disclosed;
		if (this.known.pending !== true) {
			return;
		}
		const other = did !== undefined && comparePin(this.remembered, did, undefined) === 'changed';
		const changed = this.remembered.kind === 'damaged' || other;
		this.known = {
			...unknownPrincipal(this.now, true),
			...(did !== undefined && { did }),
			...(this.remembered.kind === 'pinned' && { pinnedSince: this.remembered.pin.since }),
			...(changed && { pin: 'changed', errors: ['SERVER_DID_MISMATCH'], blocked: true }),
		};
	}

	/** Finds out who it is. A look that another one overtook counts for nothing. */
	private async look(): Promise<void> {
		const round = ++this.round;
		this.again?.dispose();
		const { asks, pin, verify, place } = this.parts;
		const silent = isSilent(this.disclosed);
		const wanted = asks() || !silent || (await pin()).kind !== 'none';
		if (wanted) {
			await this.ask();
		}
		const principal = wanted
			? await verify(this.disclosed, this.proof ?? this.legacyProof(), place)
			: unknownPrincipal(this.now);
		if (round !== this.round || this.over) {
			return;
		}
		this.known = principal;
		this.settledOnce.fire(true);
		if (!isSilent(this.disclosed)) {
			this.again = this.parts.clock.schedule(waitOf(principal, this.now), () => void this.look());
		}
		this.parts.changed();
	}

	/** Asks for a proof, and for what it discloses now. */
	private async ask(): Promise<void> {
		const { place, audience, clock } = this.parts;
		const bind = bindOf(place);
		if (bind === undefined) {
			return;
		}
		const challenge = { v: 2, nonce: this.nonce(), aud: audience, bind } as const;
		const askedAt = this.now;
		const began = clock.monotonic();
		const params = { _meta: { ...this.meta, ...challengeMeta(challenge) } };
		const method = this.meta === undefined ? 'ping' : 'server/discover';
		const answer = await this.questions.ask(method, params, IDENTITY_ANSWER_MS);
		// Heads of answers that never came whole are not kept.
		[...this.heads.keys()]
			.filter(id => id !== answer?.id && !this.awaited.has(id))
			.forEach(id => this.heads.delete(id));
		if (answer === undefined) {
			return;
		}
		const meta = answer.result._meta;
		const said = joinDisclosures(readIdentityMeta(meta), this.heads.get(answer.id) ?? {});
		this.heads.delete(answer.id);
		if (!isSilent(said)) {
			this.disclosed = renewed(this.disclosed, said);
		}
		const jws = proofIn(isJsonObject(meta) ? meta : undefined, PROOF_KEY);
		// By the monotonic clock, so that one that is set meanwhile makes no answer older or younger.
		const answeredAt = askedAt + Math.ceil((clock.monotonic() - began) / 1000);
		this.proof = jws === undefined ? undefined : { kind: 'second', jws, challenge, askedAt, answeredAt };
	}

	/** INVARIANT: an answer of the first form counts for the process that was asked, and for as long as it runs. */
	private legacyProof(): GivenProof | undefined {
		const { legacy } = this;
		return legacy?.answer === undefined
			? undefined
			: {
					kind: 'legacy',
					jws: legacy.answer.jws,
					nonce: legacy.nonce,
					askedAt: legacy.askedAt,
					answeredAt: legacy.answer.at,
				};
	}
}

/** Milliseconds until it is asked again. */
function waitOf({ expires }: Principal, now: number): number {
	const left = expires === undefined ? IDENTITY_LONGEST_MS : (expires - now) * 1000 - IDENTITY_AHEAD_MS;
	return Math.min(IDENTITY_LONGEST_MS, Math.max(IDENTITY_AGAIN_MS, left));
}
