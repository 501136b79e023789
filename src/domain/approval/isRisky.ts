import { type PathFact } from '../policy/facts';
import { isWithin, type PathRules } from '../policy/pathSegments';
import { isCalmLabel } from '../policy/sessionLabel';
import { type ApprovalRequest, MAX_ARGUMENTS_TEXT } from './approval';

/** What of the host the question is held against. */
export interface RiskHost extends PathRules {
	/** Canonical folders of the workspace. */
	readonly workspaceFolders: readonly string[];
}

/** What stays on this machine and can be taken back, or changes nothing. Whatever is not in here counts as risky. */
const CALM: ReadonlySet<string> = new Set([
	'filesystem.read',
	'filesystem.write',
	'filesystem.roots',
	'database.read',
	'memory.read',
	'memory.write',
	'git.read',
	'git.write',
	'github.read',
	'compute.run',
	'client.roots',
]);

/**
 * True for a call that has to be asked about in a way that nobody overlooks, whatever surface the person chose: it deletes,
 * runs or sends something, or what it does is not known; inspection saw something; secrets or text from outside are in
 * play; a built-in protection or something that could not be judged is behind the question; or it touches a place outside
 * of the workspace, or one that cannot be told. What is not known to be calm is risky.
 */
export function isRisky(request: ApprovalRequest, host: RiskHost): boolean {
	const { capability, verdict, findings, facts, paths } = request;
	return (
		!CALM.has(capability) ||
		request.argumentsText.length >= MAX_ARGUMENTS_TEXT ||
		verdict.protection !== undefined ||
		verdict.authority !== undefined ||
		verdict.errors.length > 0 ||
		findings.some(({ severity, kind }) => severity !== 'low' || kind === 'secret') ||
		facts.context.some(({ label }) => !isCalmLabel(label)) ||
		facts.risks.length > 0 ||
		facts.uncertain.length > 0 ||
		facts.identity.principal?.kind === 'failed' ||
		(capability === 'filesystem.write' && paths.length === 0) ||
		!paths.every(path => staysInside(path, host))
	);
}

function staysInside({ raw, candidates, problem, flags, globs = [] }: PathFact, host: RiskHost): boolean {
	const forms = [...(candidates.length > 0 ? candidates : [raw]), ...globs];
	return (
		problem === undefined &&
		flags?.hardLinked !== true &&
		flags?.otherDevice !== true &&
		forms.every(form => host.workspaceFolders.some(folder => isWithin(form, folder, host)))
	);
}
