import { digestJson } from '../base/digest';
import { type Disposable } from '../base/disposable';
import { isLockedTo, NO_LOCKS } from '../domain/policy/organisationLocks';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { isJsonObject, type JsonObject } from '../base/json';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { argumentsText } from './argumentsText';
import { omit } from './inputRequired';
import { type RpcId, type WireMessage } from './message';
import { type FirewallPorts, type WithheldAnswer, type WithheldAnswers } from './ports';

/** Answers that are kept back at a time; the oldest that nobody let go gives way. */
export const MAX_WITHHELD = 32;
/** Bytes of all of them together. An answer for which there is no room is withheld for good. */
export const MAX_WITHHELD_BYTES = 8 * 1024 * 1024;
/** Milliseconds that an answer waits for a person, and then for the call. */
export const WITHHELD_MS = 30 * 60_000;

/** An answer to be kept: the server's own message, and what a person gets to see of it. */
export interface KeptAnswer {
	readonly shown: Pick<WithheldAnswer, 'findings' | 'evidence'>;
	/** The request that it answers, as it was sent. */
	readonly request: WireMessage;
	/** Attacker-controlled; never leaves the book but through the path of a request like the one that it answers. */
	readonly message: WireMessage;
}

interface Kept {
	readonly shown: WithheldAnswer;
	readonly key: string;
	readonly message: WireMessage;
	readonly record: Pick<AuditRecord, 'session' | 'client' | 'server' | 'tool' | 'capability'>;
	readonly end: Disposable;
}

/**
 * The answers that one window keeps back. INVARIANT: an answer is given out once, after a person let it go and the trail
 * has that, and only to a request to the same server with the same method and parameters.
 */
export class WithheldBook implements WithheldAnswers {
	private readonly kept = new Map<string, Kept>();
	private readonly changed = new Emitter<void>();

	readonly onDidChange = this.changed.event;

	constructor(private readonly ports: FirewallPorts) {}

	list(): readonly WithheldAnswer[] {
		return [...this.kept.values()].map(({ shown }) => shown).reverse();
	}

	/** Keeps the answer of a request whose entry is written. False where there is no room for it. */
	keep(record: AuditRecord, { request, message, shown }: KeptAnswer): boolean {
		const { server } = record;
		const { bytes } = message;
		if (server === undefined || bytes.length > MAX_WITHHELD_BYTES) {
			return false;
		}
		const key = keyOf(server.id, request);
		for (const [id, other] of this.kept) {
			// The same call asked again has a newer answer.
			if (other.key === key) {
				this.drop(id);
			}
		}
		if (!this.makeRoom(bytes.length)) {
			return false;
		}
		const now = this.ports.clock.now();
		this.put({
			key,
			message,
			record,
			shown: {
				...{ ...shown, id: record.id, at: now, server: { id: server.id, name: server.name } },
				method: record.method ?? '',
				...(record.tool !== undefined && { tool: record.tool }),
				...{ state: 'withheld', expires: now + WITHHELD_MS },
			},
		});
		return true;
	}

	async release(id: string): Promise<boolean> {
		const kept = this.kept.get(id);
		if (kept === undefined || kept.shown.state === 'released') {
			return kept !== undefined;
		}
		// INVARIANT: where the organisation keeps withheld answers, no button of anybody's lets one go.
		if (isLockedTo('releaseWithheld', false, this.ports.policy.locks?.() ?? NO_LOCKS)) {
			return false;
		}
		const { ids, clock, trail, logger } = this.ports;
		const { session, client, server, tool, capability } = kept.record;
		try {
			await trail.append(
				{
					...{ id: ids.uuid(), at: new Date(clock.now()).toISOString(), kind: 'lifecycle', outcome: 'noted' },
					...{ event: 'answer-released', actor: 'person', callId: id, method: kept.shown.method },
					...(session !== undefined && { session }),
					...(client !== undefined && { client }),
					...(server !== undefined && { server }),
					...(tool !== undefined && { tool }),
					...(capability !== undefined && { capability }),
				},
				'synced',
			);
		} catch (error) {
			logger.error(`A withheld answer was not let go, because that cannot be recorded: ${errorText(error)}`);
			return false;
		}
		// It may be gone by now, or another release came first.
		const still = this.kept.get(id);
		if (still?.shown.state === 'withheld') {
			this.drop(id);
			this.put({ ...still, shown: { ...still.shown, state: 'released', expires: clock.now() + WITHHELD_MS } });
		}
		return still !== undefined;
	}

	/** The released answer to such a request, under the id of this one; it is used up. */
	take(serverId: string, request: WireMessage): { readonly id: string; readonly message: WireMessage } | undefined {
		const released = [...this.kept.values()].filter(({ shown }) => shown.state === 'released');
		if (released.length === 0) {
			return undefined;
		}
		const key = keyOf(serverId, request);
		const kept = released.find(each => each.key === key);
		if (kept === undefined) {
			return undefined;
		}
		this.drop(kept.shown.id);
		this.changed.fire();
		return { id: kept.shown.id, message: underId(kept.message, request.value.id as RpcId) };
	}

	/** Everything is forgotten: the window closes. */
	dispose(): void {
		for (const id of [...this.kept.keys()]) {
			this.drop(id);
		}
		this.changed.dispose();
	}

	private put(kept: Omit<Kept, 'end'>): void {
		const { id } = kept.shown;
		const end = this.ports.clock.schedule(WITHHELD_MS, () => {
			this.drop(id);
			this.changed.fire();
		});
		this.kept.set(id, { ...kept, end });
		this.changed.fire();
	}

	private drop(id: string): void {
		this.kept.get(id)?.end.dispose();
		this.kept.delete(id);
	}

	/** Oldest first; what a person let go stays as long as something else can give way. */
	private makeRoom(bytes: number): boolean {
		const size = () => [...this.kept.values()].reduce((sum, { message }) => sum + message.bytes.length, 0);
		while (this.kept.size >= MAX_WITHHELD || size() + bytes > MAX_WITHHELD_BYTES) {
			const oldest = [...this.kept].find(([, { shown }]) => shown.state === 'withheld');
			if (oldest === undefined) {
				return false;
			}
			this.drop(oldest[0]);
		}
		return true;
	}
}

/** What a request is, apart from its id and from what it says about itself; number by number. */
function keyOf(serverId: string, request: WireMessage): string {
	const params: JsonObject = isJsonObject(request.value.params) ? request.value.params : {};
	const { inexact } = argumentsText(request);
	return digestJson({
		server: serverId,
		method: request.value.method ?? null,
		params: omit(params, '_meta'),
		inexact: inexact ?? null,
	});
}

function underId({ value }: WireMessage, id: RpcId): WireMessage {
	const own = { ...value, id };
	return { value: own, bytes: new TextEncoder().encode(JSON.stringify(own)) };
}
