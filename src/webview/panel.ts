import { css } from 'lit';
import { CallList } from './callList';
import { ChainBadge } from './chainBadge';
import { EntryView } from './entryView';
import { FilterBar } from './filterBar';
import { connectHost } from './host';
import { PanelApp } from './panelApp';

/** Entry of dist/panel.js: names the elements and connects the one on the page to the host. */
customElements.define('mcp-firewall-filters', FilterBar);
customElements.define('mcp-firewall-chain', ChainBadge);
customElements.define('mcp-firewall-calls', CallList);
customElements.define('mcp-firewall-entry', EntryView);
customElements.define('mcp-firewall-panel', PanelApp);

const page = css`
	html,
	body {
		height: 100%;
		margin: 0;
		padding: 0;
	}
	.vscode-dark,
	.vscode-high-contrast {
		color-scheme: dark;
	}
	.vscode-light,
	.vscode-high-contrast-light {
		color-scheme: light;
	}
`;
if (page.styleSheet !== undefined) {
	document.adoptedStyleSheets = [...document.adoptedStyleSheets, page.styleSheet];
}
const app = document.querySelector<PanelApp>('mcp-firewall-panel');
if (app !== null) {
	app.host = connectHost();
}
