import * as vscode from 'vscode';
import { errorText } from '../base/errors';
import { type IdentityFetch } from '../domain/identity/identityFetch';
import { readJwks } from '../domain/identity/jwks';
import { thumbprintOf } from '../domain/identity/publicJwk';
import { noteEvent, type EventPorts } from '../firewall/noteEvent';
import { settingIds } from './contributions';
import { issuerOrigin, issuersIn, levelChoices, withIssuer, withKeys } from './issuerSettings';
import { quoteForLabel, quoteForPerson } from './quote';
import { setting } from './effectiveSettings';
import { saidTable, say } from './say';

/** What the commands about issuers need. */
export interface IssuerCommandDeps {
	/** Never follows a redirect, and stays off private addresses unless told otherwise. */
	readonly fetch: IdentityFetch;
	readonly ports: EventPorts;
	/** Who sits here, as the system calls them. */
	readonly reviewer: string;
}

/** UTF-16 units of a file or clipboard with keys that are read at all. */
const MAX_JWKS = 65_536;

/** Why a document was not had. */
const FETCH_WORDS = saidTable({
	blocked: 'blocked',
	timeout: 'timeout',
	'too-large': 'too-large',
	unreachable: 'unreachable',
	aborted: 'aborted',
});

/**
 * "Add Trusted Issuer…": asks for the origin, for how far it is trusted and where it may lie, says what that means, and writes the
 * setting. Nothing is fetched by this. Gives true when it was added.
 */
export async function addTrustedIssuer(deps: IssuerCommandDeps, proposed?: string): Promise<boolean> {
	const typed = await vscode.window.showInputBox({
		title: say('Add Trusted Issuer (1 of 3): Origin'),
		prompt: say('HTTPS origin of the issuer whose badges shall count, such as https://ca.example.com.'),
		...(proposed !== undefined && { value: quoteForPerson(proposed, 200) }),
		ignoreFocusOut: true,
		validateInput: text => {
			const read = issuerOrigin(text);
			return 'problem' in read && text !== '' ? read.problem : undefined;
		},
	});
	const read = typed === undefined ? undefined : issuerOrigin(typed);
	if (read === undefined || 'problem' in read) {
		return false;
	}
	const { origin } = read;
	const level = await vscode.window.showQuickPick([...levelChoices()], {
		title: say('Add Trusted Issuer (2 of 3): How Far'),
		placeHolder: say('The highest level that it may vouch for. A badge above it does not count.'),
		ignoreFocusOut: true,
	});
	if (level === undefined) {
		return false;
	}
	const place = await vscode.window.showQuickPick(
		[
			{
				label: say('On the public internet'),
				detail: say('It is never asked at a private or loopback address.'),
				near: false,
			},
			{
				label: say('It may lie at a private address'),
				detail: say(
					'An issuer of your own organisation, or on this machine. Your window may then ask addresses of your network for it.',
				),
				near: true,
			},
		],
		{ title: say('Add Trusted Issuer (3 of 3): Where It Lies'), ignoreFocusOut: true },
	);
	if (place === undefined) {
		return false;
	}
	const add = say('Trust Issuer');
	const detail = [
		`${level.label}.`,
		place.near ? say('It may lie at a private or loopback address.') : say('It has to lie on the public internet.'),
		'',
		say(
			'Servers that show a badge of it will count as who it says they are. It is asked for its keys and whether badges were taken back, and so learns which servers are used here and when.',
		),
		say('That says who a server is, not what it does: calls are decided as before.'),
	].join('\n');
	const choice = await vscode.window.showWarningMessage(
		say('Trust {0}?', quoteForPerson(origin, 200)),
		{ modal: true, detail },
		add,
	);
	if (choice !== add) {
		return false;
	}
	await writeIssuers(withIssuer(issuers(), { origin, maxLevel: level.level, privateAddresses: place.near }));
	noteEvent(deps.ports, 'issuer-trusted', {
		actor: 'person',
		detail: `${origin}, up to level ${level.level}${place.near ? ', at a private address too' : ''}, by ${deps.reviewer}`,
	});
	const pin = say('Pin Its Keys…');
	void vscode.window
		.showInformationMessage(
			say('MCP Firewall: badges of {0} count now, up to level {1}.', quoteForPerson(origin, 200), level.level),
			pin,
		)
		.then(async chosen => (chosen === pin ? pinIssuerKeys(deps, origin) : false));
	return true;
}

/**
 * "Pin Keys of an Issuer…": takes the keys from the issuer (once, after asking), a file or the clipboard, shows their thumbprints to
 * compare, and writes them into the setting. Gives true when they were pinned.
 */
export async function pinIssuerKeys(deps: IssuerCommandDeps, wanted?: string): Promise<boolean> {
	const known = issuersIn(issuers());
	if (known.length === 0) {
		void vscode.window.showInformationMessage(
			say('MCP Firewall: you trust no issuer yet. "MCP Firewall: Add Trusted Issuer…" adds one.'),
		);
		return false;
	}
	const issuer =
		known.find(({ origin }) => origin === wanted) ??
		(await vscode.window.showQuickPick(
			known.map(each => ({ ...each, label: quoteForLabel(each.origin, 200) })),
			{ title: say('Pin Keys of Which Issuer?') },
		));
	if (issuer === undefined) {
		return false;
	}
	const name = quoteForPerson(issuer.origin, 200);
	const source = await vscode.window.showQuickPick(
		[
			{
				label: say('Fetch them from the issuer now'),
				detail: say('Asks {0} once.', quoteForLabel(issuer.origin, 200)),
				from: 'issuer' as const,
			},
			{
				label: say('From a file…'),
				detail: say('A JWKS that you were given on another way.'),
				from: 'file' as const,
			},
			{
				label: say('From the clipboard'),
				detail: say('A JWKS that you have copied.'),
				from: 'clipboard' as const,
			},
		],
		{ title: say('Keys of {0}: From Where?', name) },
	);
	const text = source && (await jwksFrom(source.from, issuer, deps.fetch));
	if (text === undefined) {
		return false;
	}
	const keys = text.length > MAX_JWKS ? [] : readJwks(text);
	if (keys.length === 0) {
		throw new Error(say('There is no Ed25519 key of an issuer in it, so nothing was pinned for {0}', name));
	}
	const shown = keys.map(
		key => `• ${thumbprintOf(key)}${key.kid === undefined ? '' : ` (${quoteForPerson(key.kid, 80)})`}`,
	);
	const detail = [
		say('Compare these thumbprints (RFC 7638, SHA-256) with what the issuer publishes elsewhere:'),
		...shown,
		'',
		say(
			'From now on only these keys count for it, and it is never asked for others: when it changes its keys, pin them anew.',
		),
	].join('\n');
	const pin = keys.length === 1 ? say('Pin This Key') : say('Pin {0} Keys', keys.length);
	if (
		(await vscode.window.showWarningMessage(say('Pin the keys of {0}?', name), { modal: true, detail }, pin)) !==
		pin
	) {
		return false;
	}
	await writeIssuers(withKeys(issuers(), issuer.origin, keys));
	noteEvent(deps.ports, 'issuer-trusted', {
		actor: 'person',
		detail: `keys of ${issuer.origin} pinned: ${keys.map(thumbprintOf).join(', ')}, by ${deps.reviewer}`,
	});
	void vscode.window.showInformationMessage(say('MCP Firewall: the keys of {0} are pinned.', name));
	return true;
}

async function jwksFrom(
	from: 'issuer' | 'file' | 'clipboard',
	issuer: { readonly origin: string; readonly privateAddresses: boolean },
	fetch: IdentityFetch,
): Promise<string | undefined> {
	switch (from) {
		case 'clipboard':
			return vscode.env.clipboard.readText();
		case 'file': {
			const [uri] =
				(await vscode.window.showOpenDialog({
					title: say('Keys of the issuer (JWKS)'),
					canSelectMany: false,
				})) ?? [];
			if (uri === undefined) {
				return undefined;
			}
			const { size } = await vscode.workspace.fs.stat(uri);
			if (size > MAX_JWKS) {
				throw new Error(say('The file is too large to be a JWKS'));
			}
			return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
		}
		case 'issuer': {
			const { origin, privateAddresses } = issuer;
			const answer = await fetch({
				...{ url: `${origin}/.well-known/jwks.json`, document: 'jwks' },
				...(privateAddresses && { privateAddresses }),
			});
			if (!answer.ok || answer.status !== 200) {
				const why = answer.ok ? say('status {0}', answer.status) : FETCH_WORDS[answer.why];
				throw new Error(say('{0} does not give its keys ({1})', quoteForPerson(origin, 200), why));
			}
			return answer.body;
		}
	}
}

function issuers(): unknown {
	return setting<unknown>(settingIds.identityTrustedIssuers);
}

async function writeIssuers(value: readonly unknown[]): Promise<void> {
	try {
		await vscode.workspace
			.getConfiguration()
			.update(settingIds.identityTrustedIssuers, value, vscode.ConfigurationTarget.Global);
	} catch (error) {
		throw new Error(say('The setting cannot be written: {0}', errorText(error)), { cause: error });
	}
}
