import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../../part/Icon.js'
import { notifyError } from '../../part/toast.js'
import { text } from '../../strings.js'
import { readDropped } from './dropped.js'
import { addDropped } from './upload.js'

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false

/** Takes files that are dropped anywhere on the page, and says so while they hang over it. */
export const DropOverlay = () => {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent): void => {
      setOver(false)
      if (!hasFiles(event) || !event.dataTransfer) return
      event.preventDefault()
      readDropped(event.dataTransfer)
        .then((all) => addDropped(all))
        .catch(notifyError)
    }
    addEventListener('dragover', over)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }, [])
  if (!isOver) return null
  return (
    <div class="overlay">
      <Icon name="add" />
      <p class="title">{text.shell.drop}</p>
      <p>{text.shell.dropHint}</p>
    </div>
  )
}
