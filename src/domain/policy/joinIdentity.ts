import { type EnforcementMode, stricterMode } from '../identity/enforcementMode';
import { type IdentityPolicy, NO_IDENTITY_POLICY } from './identityPolicy';
import { type PolicyLayer } from './policy';

/** The layers that have a say about identity: not an organisation that only observes, as in decide.ts. */
export function layersOnIdentity(layers: readonly PolicyLayer[]): readonly PolicyLayer[] {
	return layers.filter(({ kind, policy }) => kind !== 'organisation' || policy.mode !== 'observe');
}

/**
 * The mode in force: the strictest that a layer with an `identity` section says; `guard` where a section says none, and where
 * there is no section. INVARIANT: a workspace only raises it (4).
 */
export function joinEnforcement(layers: readonly PolicyLayer[]): EnforcementMode {
	const said = layersOnIdentity(layers).filter(({ policy: { identity } }) => identity !== undefined);
	const modes = (some: readonly PolicyLayer[]) => some.map(layer => layer.policy.identity?.mode ?? 'guard');
	const [first = 'guard', ...others] = modes(said.filter(mayLower));
	return [...others, ...modes(said.filter(layer => !mayLower(layer)))].reduce(stricterMode, first);
}

/** What stands for all layers together: their mode. Their terms are asked layer by layer. */
export function joinIdentity(layers: readonly PolicyLayer[]): IdentityPolicy | undefined {
	return layers.some(({ policy: { identity } }) => identity !== undefined)
		? { ...NO_IDENTITY_POLICY, mode: joinEnforcement(layers) }
		: undefined;
}

function mayLower({ kind }: PolicyLayer): boolean {
	return kind === 'organisation' || kind === 'user';
}
