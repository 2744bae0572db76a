import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, dialog, Menu, session, type BrowserWindow } from 'electron';
import pino from 'pino';
import { createBackend, type Backend } from '../backend/backend.ts';
import { serveMessagePorts } from '../backend/serveMessagePort.ts';
import { lockDownSession } from './lockdown.ts';
import { focusWindow, openMainWindow } from './mainWindow.ts';
import { buildMenu } from './menu.ts';
import { brokerPorts } from './portBroker.ts';
import { handleAppProtocol, registerAppScheme } from './protocol.ts';

/** Folder of models/ and resources/: beside the sources, or the unpacked resources of an installed app. */
const assets = app.isPackaged ? process.resourcesPath : join(app.getAppPath());

async function run(): Promise<void> {
  app.enableSandbox();
  registerAppScheme();
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  await app.whenReady();
  lockDownSession(session.defaultSession);
  handleAppProtocol(session.defaultSession, join(import.meta.dirname, '../renderer'));
  Menu.setApplicationMenu(buildMenu(process.platform));

  const backend = await createBackend({
    host: 'electron',
    dataDir: join(app.getPath('userData'), 'data'),
    modelsDir: join(assets, 'models'),
    resourcesDir: join(assets, 'resources'),
    logger: pino({ name: 'omniguard' }),
    parquetWorker: pathToFileURL(join(import.meta.dirname, 'parquetWorker.js')),
    environments: { workerUrl: pathToFileURL(join(import.meta.dirname, 'environmentWorker.js')) },
  });
  void backend.environmentServer.start();
  brokerPorts(serveMessagePorts(backend.router));
  disposeOnQuit(backend);
  keepOneWindow(await openMainWindow(join(import.meta.dirname, '../preload/index.cjs')));
}

/** Delays the quit until the step in flight is stored and the models are unloaded. */
function disposeOnQuit(backend: Backend): void {
  let disposed = false;
  app.on('before-quit', (event) => {
    if (disposed) return;
    event.preventDefault();
    void backend.dispose().finally(() => {
      disposed = true;
      app.quit();
    });
  });
}

function keepOneWindow(window: BrowserWindow): void {
  app.on('second-instance', () => focusWindow(window));
  app.on('window-all-closed', () => app.quit());
}

run().catch((error: unknown) => {
  dialog.showErrorBox('OmniGuard could not start', error instanceof Error ? error.message : String(error));
  app.exit(1);
});
