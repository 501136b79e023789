import { acceptUnpinned } from '../domain/registry/supplyGaps';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type GuardDeps, type ReviewDecision } from './guardPorts';
import { type ListedForReview, pinsOf } from './listForReview';

/** What an entry is before its first review, or was before this one. */
export type EntryToReview = Pick<ServerEntry, 'id' | 'name' | 'launch' | 'origin' | 'credentials'> &
	Partial<Pick<ServerEntry, 'boundTo' | 'revision' | 'roots' | 'shared' | 'signedBy' | 'pinnedFrom'>>;

/** The entry that a review leaves: approved, with pins of what the person admitted. */
export function reviewedEntry(
	deps: Pick<GuardDeps, 'clock' | 'reviewer'>,
	{ id, name, launch, origin, boundTo, credentials, revision, roots, shared, signedBy, pinnedFrom }: EntryToReview,
	{ surface, supply }: ListedForReview,
	decision: ReviewDecision,
): ServerEntry {
	return {
		...{ id, name, revision: (revision ?? 0) + 1, launch, origin, owner: decision.owner, status: 'approved' },
		...(boundTo !== undefined && { boundTo }),
		...{ ceiling: decision.ceiling, ...(roots !== undefined && { roots }), credentials },
		...{
			identity: surface.serverInfo,
			supply: decision.acceptsUnpinned === true ? acceptUnpinned(supply) : supply,
		},
		...(surface.protocolVersion !== '' && { protocolVersion: surface.protocolVersion }),
		...{ tools: pinsOf(decision.tools), surface: decision.surface },
		...{ reviewedAt: new Date(deps.clock.now()).toISOString(), reviewedBy: deps.reviewer },
		...(pinnedFrom !== undefined && { pinnedFrom }),
		...(signedBy !== undefined && { signedBy }),
		...(shared === true && { shared }),
	};
}
