/** What the webview may use of the domain's view on the trail: types, and pure functions over what the host sent. */
export { authorityPhrase } from '../domain/identity/authorityWords';
export { callEvidence, type CallEvidence } from '../domain/audit/callEvidence';
export {
	type AuditFacets,
	type AuditFilter,
	type AuditOverview,
	type PromptCount,
	type AuditRow,
	FACETS,
	type Facet,
	NO_FACETS,
	type Ranked,
	type TimelineBucket,
} from '../domain/audit/auditFilter';
export { TRUST_LEVEL_NAMES } from '../domain/identity/trustLevel';
export { FLOWING, type FlowLane, type SessionStory, sessionStory, type StoryStep } from '../domain/audit/sessionStory';
