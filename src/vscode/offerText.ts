import { type ApprovalRequest } from '../domain/approval/approval';
import { DEFAULT_GRANT_MS, type GrantOffer, type GrantReach } from '../domain/approval/grant';
import { quoteEnds, quoteForPerson } from './quote';
import { say, sayCount } from './say';
import { clockText, durationText } from './timeText';

/** Places that one offer names; the rest is counted. */
export const MAX_PLACES = 4;
/** Longest folder or host of an offer. */
export const MAX_REACH = 160;

/** The offers whose reach can be shown; a scope without one is not offered, or a person would sign what they cannot see. */
export function offersOf(request: ApprovalRequest): readonly GrantOffer[] {
	return request.offers.filter(({ scope }) => request.scopes.includes(scope));
}

/** What the button of an offer says. */
export function offerTitle({ scope, holdsForMs = DEFAULT_GRANT_MS }: GrantOffer): string {
	const titles = {
		session: say('Allow for Session'),
		hour: say('Allow for 1 Hour'),
		workspace: say('Allow in Workspace for {0}', durationText(holdsForMs)),
	} as const;
	return titles[scope];
}

/** What a yes of an offer would let pass, and until when. */
export function offerText(offer: GrantOffer, now: number): string {
	return withCovered(`${reachText(offer.reach)}, ${endText(offer, now)}`, offer);
}

/** With what the answer would have saved: `; would have covered 17 of your last 20 prompts`. Nothing where it would have saved none. */
function withCovered(text: string, { covered }: GrantOffer): string {
	return covered === undefined || covered.count === 0
		? text
		: sayCount(
				covered.of,
				'{1}; would have covered {2} of your last {0} prompt',
				'{1}; would have covered {2} of your last {0} prompts',
				text,
				covered.count,
			);
}

/** One line for each offer; what covers the same as the one before says so. */
export function offerLines(offers: readonly GrantOffer[], now: number): string[] {
	return offers.map((offer, at) => {
		const before = offers[at - 1];
		const same = before !== undefined && reachText(before.reach) === reachText(offer.reach);
		return say(
			'{0} covers: {1}',
			offerTitle(offer),
			same ? withCovered(say('the same, {0}', endText(offer, now)), offer) : offerText(offer, now),
		);
	});
}

function endText({ scope, holdsForMs = DEFAULT_GRANT_MS }: GrantOffer, now: number): string {
	return scope === 'session'
		? say('until the session ends')
		: scope === 'hour'
			? say(
					'in this session, until {0}, unless it meets a secret or text from outside',
					clockText(now + holdsForMs, now),
				)
			: say('in every session of this workspace, until {0}', clockText(now + holdsForMs, now));
}

/** Which calls a grant covers, in words. Folders and hosts are quoted. */
export function reachText(reach: GrantReach): string {
	const list = (places: readonly string[]) => {
		const more = places.length > MAX_PLACES ? [say('{0} more places', places.length - MAX_PLACES + 1)] : [];
		const named = more.length > 0 ? places.slice(0, MAX_PLACES - 1) : places;
		return [...named.map(place => quoteEnds(place, MAX_REACH)), ...more].join(` ${say('and')} `);
	};
	switch (reach.kind) {
		case 'folders':
			return say('this tool below {0}', list(reach.folders));
		case 'deeds':
			return reach.folders.length === 0
				? say('every {0} of this server', quoteForPerson(reach.capability, 80))
				: say('every {0} of this server below {1}', quoteForPerson(reach.capability, 80), list(reach.folders));
		case 'hosts':
			return say('this tool to {0}', list(reach.hosts));
		case 'call':
			return say('this very call again');
	}
}
