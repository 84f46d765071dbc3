import { render } from 'preact'
import '@preact/signals'
import { App } from './App.js'
import { begin } from './live/program.js'
import { takeDropped } from './page/add/dropping.js'
import './style/tokens.css'
import './style/base.css'
import './style/controls.css'
import './style/shell.css'
import './style/table.css'
import './style/pages.css'

takeDropped()
const root = document.getElementById('app')
if (root) render(<App />, root)
void begin()
