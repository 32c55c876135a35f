/** The digits page: builds its parts and tells each what the others need to know. */
import { byId } from '../shared/dom.js';
import { mountShell } from '../shared/shell.js';
import { Tabs } from '../shared/tabs.js';
import { DrawingBoard } from './board.js';
import { mountBoardControls } from './board-controls.js';
import { Feedback } from './feedback.js';
import { mountHealth } from './health.js';
import { mountKeyboardPen } from './keyboard-pen.js';
import { LiveReader } from './live-reader.js';
import { ModelDialog } from './model-dialog.js';
import { ModelImport } from './model-import.js';
import { ModelList } from './model-list.js';
import { MetricsView } from './metrics-view.js';
import { mountPictureSources } from './pictures.js';
import { mountPointerPen } from './pointer-pen.js';
import { ReadingView } from './reading-view.js';
import { RecordList } from './record-list.js';
import { Recogniser } from './recogniser.js';
import { texts } from './texts.js';
import { TruthDialog } from './truth-dialog.js';

mountShell(texts, 'digits.pageTitle');
mountHealth(byId('health'));

const board = new DrawingBoard(byId('board'));
const reading = new ReadingView(byId('reading'), byId('board-verdict'));
const live = new LiveReader(() => board.exportDataURL());
const records = new RecordList(byId('records'), byId('records-filter'), new TruthDialog(byId('truth-dialog')));
const feedback = new Feedback(byId('feedback'));
const recogniser = new Recogniser(board, reading, feedback, records);

mountPointerPen(board, byId('board'));
mountKeyboardPen(board, byId('board'), byId('board-cursor'));
mountPictureSources(board, { target: byId('panel-draw'), frame: byId('board-frame'), messages: byId('board-notice') });
mountBoardControls(board, recogniser);

board.addEventListener('change', () => {
    feedback.close();
    recogniser.forgetKept();
    if (board.isEmpty) {
        live.cancel();
        reading.showNothing();
    } else {
        live.request();
    }
});
live.addEventListener('reading', (event) => reading.show(event.detail));
live.addEventListener('failure', (event) => reading.showFailure(event.detail, () => live.request()));

const readAgain = () => {
    if (!board.isEmpty) {
        live.request();
    }
};
const models = new ModelList(byId('models'), byId('models-notice'), new ModelDialog(byId('model-dialog')));
const metrics = new MetricsView(byId('metrics'));
new ModelImport(byId('import'), () => models.load());
models.addEventListener('default', readAgain);
byId('metrics-refresh').addEventListener('click', () => metrics.load());

new Tabs(byId('tabs'), (tab) => {
    ({ draw: records, models, metrics })[tab].load();
});
