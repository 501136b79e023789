import { describeLaunch } from '../domain/registry/launch';
import { type CredentialReference } from '../domain/registry/credential';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Principal } from '../domain/identity/principal';
import { type ReviewFact } from '../shared/reviewProtocol';
import { type ReviewRequest } from './guardPorts';
import { identityProblems } from './identityProblems';
import { saidTable, say } from './say';
import { supplyFacts } from './supplyFacts';
import { identityLine, trustStateOf } from './trustCardText';
import { statusReasonText } from './statusReasonText';

const CREDENTIALS: Readonly<Record<CredentialReference['kind'], string>> = saidTable({
	env: 'variable',
	header: 'header',
	variable: 'part of the launch',
	oauth: 'tokens of',
});

/** What a server is and where it comes from, line by line, for whoever reviews it. Values may be attacker-controlled. */
export function reviewFacts(request: ReviewRequest): readonly ReviewFact[] {
	const { launch, origin, surface, supply, credentials, before, principal } = request;
	const { name, version } = surface.serverInfo;
	const says = `${name} ${version}`.trim();
	const env = launch.kind === 'http' ? launch.headers : launch.env;
	const secrets = new Set(credentials.map(each => each.name));
	const others = env.filter(each => !secrets.has(each));
	return [
		fact(launch.kind === 'http' ? say('Address') : say('Launch'), describeLaunch(launch)),
		...(launch.kind === 'stdio' && launch.cwd !== undefined ? [fact(say('In folder'), launch.cwd)] : []),
		...supplyFacts(supply),
		fact(say('Defined in'), origin.file),
		// Its file keeps servers of many folders: which of them this one is for cannot be told by the file.
		...(origin.project === undefined ? [] : [fact(say('For the folder'), origin.project)]),
		fact(say('Transport'), launch.kind === 'http' ? 'HTTP' : say('its own process (stdio)')),
		...(surface.protocolVersion === '' ? [] : [fact(say('Speaks'), `MCP ${surface.protocolVersion}`)]),
		...(says === '' ? [] : [{ ...fact(say('Calls itself'), says), claimed: true as const }]),
		...(principal === undefined ? [] : principalFacts(principal)),
		fact(
			say('Is given'),
			credentials.length === 0 ? say('no credentials') : credentials.map(describeCredential).join(', '),
		),
		...(others.length > 0
			? [fact(launch.kind === 'http' ? say('Headers') : say('Environment'), others.join(', '))]
			: []),
		...(before === undefined ? [] : lastReview(before)),
	];
}

/** What it discloses of its identity, and whether that was proven; nothing where it discloses nothing and nothing failed. */
function principalFacts(principal: Principal): readonly ReviewFact[] {
	const { did, issuer } = principal;
	const proven = trustStateOf(principal) === 'verified';
	const said = (label: string, value: string): ReviewFact => ({
		...fact(label, value),
		...(!proven && { claimed: true as const }),
	});
	const [worst] = trustStateOf(principal) === 'checking' ? [] : identityProblems(principal);
	return [
		fact(say('Identity'), [identityLine(principal), ...(worst === undefined ? [] : [worst.sentence])].join(': ')),
		...(did === undefined ? [] : [said(say('Identity (DID)'), did)]),
		...(issuer === undefined ? [] : [said(say('Who says so'), issuer)]),
	];
}

/** A credential by kind and name, never by value. */
export function describeCredential({ kind, name, revoked }: CredentialReference): string {
	return `${CREDENTIALS[kind]} ${name}${revoked === true ? ` ${say('(revoked)')}` : ''}`;
}

function lastReview({ status, statusReason, reviewedAt, reviewedBy, revision }: ServerEntry): readonly ReviewFact[] {
	return [
		fact(say('Last review'), say('{0} by {1}, revision {2}', reviewedAt.slice(0, 10), reviewedBy, revision)),
		...(status === 'approved'
			? []
			: [
					fact(
						say('Status'),
						statusReason === undefined ? say(status) : `${say(status)}: ${statusReasonText(statusReason)}`,
					),
				]),
	];
}

function fact(label: string, value: string): ReviewFact {
	return { label, value };
}
