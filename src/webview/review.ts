import { adoptPageStyles } from './pageStyles';
import { ReviewApp } from './reviewApp';
import { connectReviewHost } from './reviewHost';

/** Entry of dist/review.js: names the element and connects the one on the page to the host. */
customElements.define('mcp-firewall-review', ReviewApp);
adoptPageStyles();
const app = document.querySelector<ReviewApp>('mcp-firewall-review');
if (app !== null) {
	app.host = connectReviewHost();
}
