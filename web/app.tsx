// SPDX-License-Identifier: Apache-2.0
import { Component, lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { BuildPage } from './pages/build.tsx'
import { ImagePage } from './pages/image.tsx'
import { ImagesPage } from './pages/images.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { NowPage } from './pages/now.tsx'
import { PackagePage } from './pages/package.tsx'
import { PackagesPage } from './pages/packages.tsx'
import { Failed, Loading } from './parts/answers.tsx'
import { Header } from './parts/header.tsx'

/** Drawing and laying out graphs is most of the page's code: it comes when it is asked for. */
const GraphPage = lazy(() => import('./pages/graph.tsx'))

export function App() {
  const [path] = useLocation()
  const main = useFocusOnChange(path)
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header path={path} />
      <main id="main" ref={main} tabIndex={-1} className={path === '/graph' ? 'wide' : undefined}>
        <Fence key={path}>
          <Suspense fallback={<Loading lines={8} />}>
            <Switch>
              <Route path="/" component={NowPage} />
              <Route path="/packages" component={PackagesPage} />
              <Route path="/packages/:name">{({ name }) => <PackagePage name={name} />}</Route>
              <Route path="/images" component={ImagesPage} />
              <Route path="/images/:name">{({ name }) => <ImagePage name={name} />}</Route>
              <Route path="/builds/:key">{({ key }) => <BuildPage buildKey={key} />}</Route>
              <Route path="/graph" component={GraphPage} />
              <Route component={NotFoundPage} />
            </Switch>
          </Suspense>
        </Fence>
      </main>
    </>
  )
}

/** Whoever reads with the keyboard or by ear is at the start of the new page, as after a page load. */
function useFocusOnChange(path: string) {
  const main = useRef<HTMLElement>(null)
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current === path) return
    shown.current = path
    scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path])
  return main
}

/** A fault in drawing one page leaves the way to all others open. */
class Fence extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    return this.state.error === null ? this.props.children : <Failed error={this.state.error} />
  }
}
