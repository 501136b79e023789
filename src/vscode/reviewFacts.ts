import { describeLaunch } from '../domain/registry/launch';
import { type CredentialReference } from '../domain/registry/credential';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ServerSource, type SupplyPin } from '../domain/registry/supplyPin';
import { type ReviewFact } from '../shared/reviewProtocol';
import { type ReviewRequest } from './guardPorts';

const SOURCES: Readonly<Record<ServerSource['kind'], string>> = {
	npm: 'npm package',
	pypi: 'PyPI package',
	oci: 'image',
	path: 'program',
	url: 'server at',
	unknown: 'program',
};

const CREDENTIALS: Readonly<Record<CredentialReference['kind'], string>> = {
	env: 'variable',
	header: 'header',
	variable: 'part of the launch',
	oauth: 'tokens of',
};

/** What a server is and where it comes from, line by line, for whoever reviews it. Values may be attacker-controlled. */
export function reviewFacts(request: ReviewRequest): readonly ReviewFact[] {
	const { launch, origin, surface, supply, credentials, before } = request;
	const { name, version } = surface.serverInfo;
	const says = `${name} ${version}`.trim();
	const env = launch.kind === 'http' ? launch.headers : launch.env;
	const secrets = new Set(credentials.map(each => each.name));
	const others = env.filter(each => !secrets.has(each));
	return [
		fact(launch.kind === 'http' ? 'Address' : 'Launch', describeLaunch(launch)),
		...(launch.kind === 'stdio' && launch.cwd !== undefined ? [fact('In folder', launch.cwd)] : []),
		...supplyFacts(supply),
		fact('Defined in', origin.file),
		fact('Transport', launch.kind === 'http' ? 'HTTP' : 'its own process (stdio)'),
		...(surface.protocolVersion === '' ? [] : [fact('Speaks', `MCP ${surface.protocolVersion}`)]),
		...(says === '' ? [] : [{ ...fact('Calls itself', says), claimed: true as const }]),
		fact('Is given', credentials.length === 0 ? 'no credentials' : credentials.map(describeCredential).join(', ')),
		...(others.length > 0 ? [fact(launch.kind === 'http' ? 'Headers' : 'Environment', others.join(', '))] : []),
		...(before === undefined ? [] : lastReview(before)),
	];
}

/** A credential by kind and name, never by value. */
export function describeCredential({ kind, name, revoked }: CredentialReference): string {
	return `${CREDENTIALS[kind]} ${name}${revoked === true ? ' (revoked)' : ''}`;
}

/** Where the program of a server comes from, and what of it is pinned. Values may be attacker-controlled. */
export function supplyFacts({ source, files, integrity, publisher }: SupplyPin): readonly ReviewFact[] {
	const what = `${SOURCES[source.kind]} ${source.name}`;
	return [
		fact('Comes from', source.version === undefined ? what : `${what}, version ${source.version}`),
		...(publisher === undefined ? [] : [{ ...fact('Publisher', publisher), claimed: true as const }]),
		...(integrity === undefined ? [] : [fact('Integrity', integrity)]),
		...files.map(({ role, path, digest }) => fact(`Pinned ${role}`, `${path} (SHA-256 ${digest.slice(0, 12)}…)`)),
	];
}

function lastReview({ status, statusReason, reviewedAt, reviewedBy, revision }: ServerEntry): readonly ReviewFact[] {
	return [
		fact('Last review', `${reviewedAt.slice(0, 10)} by ${reviewedBy}, revision ${String(revision)}`),
		...(status === 'approved'
			? []
			: [fact('Status', statusReason === undefined ? status : `${status}: ${statusReason}`)]),
	];
}

function fact(label: string, value: string): ReviewFact {
	return { label, value };
}
