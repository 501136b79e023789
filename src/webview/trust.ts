import { adoptPageStyles } from './pageStyles';
import { TrustApp } from './trustApp';
import { connectTrustHost } from './trustHost';

/** Entry of dist/trust.js: names the element and connects the one on the page to the host. */
customElements.define('mcp-firewall-trust', TrustApp);
adoptPageStyles();
const app = document.querySelector<TrustApp>('mcp-firewall-trust');
if (app !== null) {
	app.host = connectTrustHost();
}
