import { CallList } from './callList';
import { ChainBadge } from './chainBadge';
import { EntryView } from './entryView';
import { FilterBar } from './filterBar';
import { connectHost } from './host';
import { adoptPageStyles } from './pageStyles';
import { OverviewPanel } from './overviewPanel';
import { PanelApp } from './panelApp';
import { StoryView } from './storyView';
import { TimelineChart } from './timelineChart';
import { WaitingQuestion } from './waitingQuestion';

/** Entry of dist/panel.js: names the elements and connects the one on the page to the host. */
customElements.define('mcp-firewall-filters', FilterBar);
customElements.define('mcp-firewall-chain', ChainBadge);
customElements.define('mcp-firewall-calls', CallList);
customElements.define('mcp-firewall-entry', EntryView);
customElements.define('mcp-firewall-timeline', TimelineChart);
customElements.define('mcp-firewall-overview', OverviewPanel);
customElements.define('mcp-firewall-story', StoryView);
customElements.define('mcp-firewall-waiting', WaitingQuestion);
customElements.define('mcp-firewall-panel', PanelApp);

adoptPageStyles();
const app = document.querySelector<PanelApp>('mcp-firewall-panel');
if (app !== null) {
	app.host = connectHost();
}
