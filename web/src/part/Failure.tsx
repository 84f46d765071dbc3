import { ApiError } from '../api/request.js'
import { text } from '../strings.js'
import { visibleText } from '../visible.js'
import { Button } from './Button.js'
import { Empty } from './Empty.js'

/** Stands where something should that could not be read. */
export const Failure = ({ error, onRetry }: { error: Error; onRetry: () => unknown }) => (
  <div role="alert">
    <Empty
      icon="warn"
      title={visibleText(error.message)}
      hint={error instanceof ApiError ? visibleText(error.remedy) : undefined}
    >
      <Button icon="recheck" onClick={onRetry}>
        {text.action.retry}
      </Button>
    </Empty>
  </div>
)
