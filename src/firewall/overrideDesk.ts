import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { inEnglish, type Phrase, phrase, verbatim } from '../base/phrase';
import { type BreakGlassToken, readBreakGlass, scopeCovers } from '../domain/identity/breakGlass';
import { type Override, type Overrides } from '../domain/identity/decisionPoint';
import { type PublicJwk } from '../domain/identity/publicJwk';
import { maskText } from '../domain/inspection/maskSecrets';
import { type EventPorts, noteEvent } from './noteEvent';

/** How a token was taken. `trouble`: it cannot be told whether it was used before, so it is not taken. */
export type TakenToken =
	{ readonly kind: 'taken' } | { readonly kind: 'used' } | { readonly kind: 'trouble'; readonly why: string };

/** What was used before, also before a restart and in other windows. Never rejects. */
export interface UsedTokens {
	/** Takes a token, once and for all. `exp`: unix seconds. */
	take(jti: string, exp: number): Promise<TakenToken>;
}

/** How putting a token to use ended. `why` is one line of ours. */
export type OverrideOutcome =
	{ readonly ok: true; readonly override: Override } | { readonly ok: false; readonly why: Phrase };

/** What the desk needs. */
export interface OverrideDeskParts {
	/** The administrators' keys, asked each time: what was signed with one that is taken away covers nothing from then on. */
	readonly keys: () => readonly PublicJwk[];
	readonly used: UsedTokens;
	readonly clock: Clock;
	/** Where its beginning, refusal and end are recorded. */
	readonly events: EventPorts;
}

/**
 * The break-glass tokens in use in this window or gateway (RFC-005; identity.md §2.4). INVARIANT: each is put to use once, ends by
 * itself, stands above the decision service and nothing else, and leaves an entry when it begins, is refused, and ends; every
 * call under it says so too.
 */
export class OverrideDesk implements Overrides, Disposable {
	private active: readonly { readonly token: BreakGlassToken; readonly end: Disposable; readonly until: number }[] =
		[];
	private readonly changed = new Emitter<void>();

	/** One began, or ended. */
	readonly onDidChange = this.changed.event;

	constructor(private readonly parts: OverrideDeskParts) {}

	/** Puts a token to use. Never rejects. */
	async use(text: string): Promise<OverrideOutcome> {
		const { keys, used, clock, events } = this.parts;
		const refuse = (why: Phrase, token?: BreakGlassToken): OverrideOutcome => {
			const who = token === undefined ? '' : ` (${idOf(token)})`;
			noteEvent(events, 'break-glass-refused', {
				actor: 'firewall',
				detail: `A break-glass token: ${inEnglish(why)}${who}`,
			});
			return { ok: false, why };
		};
		try {
			const read = await readBreakGlass(text.trim(), keys(), clock.now() / 1000);
			if (!read.ok) {
				return refuse(read.why);
			}
			const { token } = read;
			const taken = await used.take(token.jti, token.exp);
			if (taken.kind !== 'taken') {
				return refuse(
					taken.kind === 'used' ? phrase('it was used before') : phrase('it cannot be taken: {0}', taken.why),
					token,
				);
			}
			return this.begin(token);
		} catch (error) {
			return refuse(verbatim(errorText(error)));
		}
	}

	covering(method: string, route: string): Override | undefined {
		const now = this.parts.clock.monotonic();
		const wall = this.parts.clock.now() / 1000;
		const found = this.active.filter(
			({ token, until }) => now < until && wall < token.exp && scopeCovers(token.scope, method, route),
		);
		const keys = found.length === 0 ? [] : this.parts.keys();
		const signed = found.find(({ token }) => keys.some(({ x }) => x === token.signedBy));
		return signed && overrideOf(signed.token);
	}

	/** Those in use, oldest first. */
	list(): readonly Override[] {
		return this.active.map(({ token }) => overrideOf(token));
	}

	/** Ends one early, or all of them. It cannot be put to use again. */
	end(jti?: string): void {
		const gone = this.active.filter(({ token }) => jti === undefined || token.jti === jti);
		if (gone.length === 0) {
			return;
		}
		this.active = this.active.filter(one => !gone.includes(one));
		for (const { token, end } of gone) {
			end.dispose();
			noteEvent(this.parts.events, 'break-glass-ended', { actor: 'firewall', detail: idOf(token) });
		}
		this.changed.fire();
	}

	dispose(): void {
		this.end();
		this.changed.dispose();
	}

	private begin(token: BreakGlassToken): OverrideOutcome {
		const { clock, events } = this.parts;
		const lives = Math.max(0, token.exp * 1000 - clock.now());
		const end = clock.schedule(lives, () => {
			this.end(token.jti);
		});
		this.active = [...this.active, { token, end, until: clock.monotonic() + lives }];
		const until = new Date(token.exp * 1000).toISOString();
		const { methods, routes } = token.scope;
		noteEvent(events, 'break-glass-used', {
			actor: 'person',
			detail: maskText(
				`${idOf(token)} by ${token.iss} for ${token.sub} until ${until}, methods ${methods.join(' ')}, routes ${routes.join(' ')}: ${token.reason}`,
			).slice(0, MAX_DETAIL),
		});
		events.logger.warn(
			`A break-glass token is in use until ${until}: the decision service is not asked where it covers.`,
		);
		this.changed.fire();
		return { ok: true, override: overrideOf(token) };
	}
}

const MAX_DETAIL = 1_000;

function idOf({ jti }: BreakGlassToken): string {
	return maskText(jti);
}

function overrideOf({ jti, sub, reason, exp }: BreakGlassToken): Override {
	return { jti, sub, reason, expires: exp };
}
