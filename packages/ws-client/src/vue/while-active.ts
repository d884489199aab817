import { getCurrentInstance, onMounted, shallowRef, watch } from "vue";

/**
 * Calls `start` when the component is mounted, and again when the key changes; the function that it returns ends this. Ends with the
 * effect scope. Never starts on a server, and not before hydration has rendered the same as the server.
 *
 * Outside of a component, in an effect scope, it starts immediately.
 */
export function whileActive(key: () => unknown, start: () => () => void): void {
  const isActive = shallowRef(!getCurrentInstance());
  if (!isActive.value)
    onMounted(() => {
      isActive.value = true;
    });
  watch([key, isActive], (_new, _old, onCleanup) => isActive.value && onCleanup(start()), { immediate: true });
}
