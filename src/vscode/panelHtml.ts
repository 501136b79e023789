/** What the page of the panel, of a review or of a trust card is made of: by the host, no text of a server or a model goes in here. */
export interface PanelPage {
	/** Webview URI of dist/panel.js. */
	readonly scriptUri: string;
	/** Webview URIs of style sheets; the panel brings its own styles, so this may be empty. */
	readonly styleUris: readonly string[];
	/** `webview.cspSource`. */
	readonly cspSource: string;
	/** Fresh for every page, unguessable, base64 or hex. */
	readonly nonce: string;
	/** The one element of the page; the audit panel's unless another is named. */
	readonly element?: 'mcp-firewall-panel' | 'mcp-firewall-review' | 'mcp-firewall-trust';
	readonly title?: string;
	/** The language of the page (BCP 47); English unless another is named. */
	readonly language?: string;
	/** Texts of the page in that language by their English: ours, from the bundle of translations. */
	readonly texts?: Readonly<Record<string, string>>;
}

/**
 * The page: one script, no inline code or style, nothing remote. Lit adopts constructed style sheets, which the policy allows; there
 * is no `unsafe-inline` (CSP Level 3 §6.7).
 */
export function panelHtml({ scriptUri, styleUris, cspSource, nonce, ...rest }: PanelPage): string {
	const { element = 'mcp-firewall-panel', title = 'MCP Firewall: audit trail', language = 'en', texts } = rest;
	const policy = [
		`default-src 'none'`,
		`script-src 'nonce-${nonce}'`,
		`style-src 'nonce-${nonce}' ${cspSource}`,
		`img-src 'none'`,
		`font-src ${cspSource}`,
		`connect-src 'none'`,
		`base-uri 'none'`,
		`form-action 'none'`,
	].join('; ');
	const links = styleUris.map(uri => `<link rel="stylesheet" nonce="${escape(nonce)}" href="${escape(uri)}">`);
	return `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
${links.join('\n')}
</head>
<body>
${texts === undefined ? '' : `${dataBlock(texts)}\n`}<${element}></${element}>
<script nonce="${escape(nonce)}" src="${escape(scriptUri)}"></script>
</body>
</html>
`;
}

/** A block of data runs nothing, so the policy needs no exception for it (HTML: the script element, data blocks). */
function dataBlock(texts: Readonly<Record<string, string>>): string {
	return `<script type="application/json" id="texts">${JSON.stringify(texts).replaceAll('<', '\\u003c')}</script>`;
}

function escape(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
