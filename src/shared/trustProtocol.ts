/** What an identity amounts to, for people. A failed check is another state than an absent one, and looks worse. */
export type TrustState = 'verified' | 'declared' | 'none' | 'checking' | 'failed';

/** The word of each state: the same on the card, in the tree and in notices. */
export const TRUST_WORDS: Readonly<Record<TrustState, string>> = {
	verified: 'Verified',
	declared: 'Declared',
	none: 'No identity',
	checking: 'Checking',
	failed: 'FAILED',
};

/** One line of the card. `value` may be attacker-controlled; label and note are ours. */
export interface TrustFact {
	readonly label: string;
	readonly value: string;
	/** What it means, one sentence or less. */
	readonly note?: string;
	/** The server's own word, which nothing proves. */
	readonly claimed?: true;
	/** An identifier, drawn as such. */
	readonly mono?: true;
	/** Milliseconds since 1970 at which it ends: the page tells how long that is, and goes on telling. */
	readonly ends?: number;
}

/** Something that is wrong: code, what it means, what to do. All of it ours. */
export interface TrustProblem {
	readonly code: string;
	readonly sentence: string;
	readonly advice: string;
	/** True where no honest server shows it. */
	readonly grave: boolean;
}

/** What a person can do at the card. */
export type TrustAction = 'check' | 'forget' | 'addIssuer' | 'copyDid';

/** Everything that the trust card shows. */
export interface TrustCard {
	/** Attacker-controlled. */
	readonly serverName: string;
	readonly state: TrustState;
	/** One sentence of ours: what the state says, and what it does not. */
	readonly meaning: string;
	readonly problems: readonly TrustProblem[];
	/** Who it is, and who says so. */
	readonly identity: readonly TrustFact[];
	/** How that was checked. */
	readonly checks: readonly TrustFact[];
	/** Where its program comes from. */
	readonly provenance: readonly TrustFact[];
	/** What the policy asks of its identity; sentences of ours with names of the policy in them. */
	readonly asks: readonly string[];
	readonly actions: readonly TrustAction[];
	/** Milliseconds since 1970: when the card was made, by the host's clock. */
	readonly now: number;
}

/** Host to page. */
export interface TrustMessage {
	readonly kind: 'card';
	readonly card: TrustCard;
}

/** Page to host. Validated by {@link readTrustAsk}: it names nothing but what is to be done. */
export interface TrustAsk {
	readonly kind: 'ready' | TrustAction;
}

const ASKS: readonly TrustAsk['kind'][] = ['ready', 'check', 'forget', 'addIssuer', 'copyDid'];

/** Narrows what the page posted (attacker-controlled in principle) to a {@link TrustAsk}; undefined for whatever is not one. */
export function readTrustAsk(value: unknown): TrustAsk | undefined {
	if (typeof value !== 'object' || value === null || !('kind' in value)) {
		return undefined;
	}
	const kind = ASKS.find(known => known === value.kind);
	return kind && { kind };
}

/** How long until something ends, live: `in 4 min 12 s`, `in 3 h 5 min`, `ended 20 s ago`. Both are milliseconds since 1970. */
export function endsText(ends: number, now: number): string {
	const seconds = Math.floor(Math.abs(ends - now) / 1000);
	const [days, hours, minutes] = [
		Math.floor(seconds / 86_400),
		Math.floor((seconds % 86_400) / 3600),
		Math.floor((seconds % 3600) / 60),
	];
	const length =
		days > 0
			? `${String(days)} d ${String(hours)} h`
			: hours > 0
				? `${String(hours)} h ${String(minutes)} min`
				: minutes > 0
					? `${String(minutes)} min ${String(seconds % 60)} s`
					: `${String(seconds)} s`;
	return ends > now ? `in ${length}` : `ended ${length} ago`;
}
