var e=globalThis,t=e.ShadowRoot&&(e.ShadyCSS===void 0||e.ShadyCSS.nativeShadow)&&`adoptedStyleSheets`in Document.prototype&&`replace`in CSSStyleSheet.prototype,n=Symbol(),r=/* @__PURE__ */ new WeakMap,i=class{constructor(e,t,r){if(this._$cssResult$=!0,r!==n)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,n=this.t;if(t&&e===void 0){let t=n!==void 0&&n.length===1;t&&(e=r.get(n)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),t&&r.set(n,e))}return e}toString(){return this.cssText}},a=e=>new i(typeof e==`string`?e:e+``,void 0,n),o=(e,...t)=>new i(e.length===1?e[0]:t.reduce((t,n,r)=>t+(e=>{if(!0===e._$cssResult$)return e.cssText;if(typeof e==`number`)return e;throw Error(`Value passed to 'css' function must be a 'css' function result: `+e+`. Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.`)})(n)+e[r+1],e[0]),e,n),s=(n,r)=>{if(t)n.adoptedStyleSheets=r.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let t of r){let r=document.createElement(`style`),i=e.litNonce;i!==void 0&&r.setAttribute(`nonce`,i),r.textContent=t.cssText,n.appendChild(r)}},c=t?e=>e:e=>e instanceof CSSStyleSheet?(e=>{let t=``;for(let n of e.cssRules)t+=n.cssText;return a(t)})(e):e,{is:l,defineProperty:u,getOwnPropertyDescriptor:d,getOwnPropertyNames:f,getOwnPropertySymbols:p,getPrototypeOf:m}=Object,h=globalThis,g=h.trustedTypes,_=g?g.emptyScript:``,v=h.reactiveElementPolyfillSupport,y=(e,t)=>e,b={toAttribute(e,t){switch(t){case Boolean:e=e?_:null;break;case Object:case Array:e=e==null?e:JSON.stringify(e)}return e},fromAttribute(e,t){let n=e;switch(t){case Boolean:n=e!==null;break;case Number:n=e===null?null:Number(e);break;case Object:case Array:try{n=JSON.parse(e)}catch{n=null}}return n}},x=(e,t)=>!l(e,t),S={attribute:!0,type:String,converter:b,reflect:!1,useDefault:!1,hasChanged:x};Symbol.metadata??=Symbol(`metadata`),h.litPropertyMetadata??=/* @__PURE__ */ new WeakMap;var C=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=S){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let n=Symbol(),r=this.getPropertyDescriptor(e,n,t);r!==void 0&&u(this.prototype,e,r)}}static getPropertyDescriptor(e,t,n){let{get:r,set:i}=d(this.prototype,e)??{get(){return this[t]},set(e){this[t]=e}};return{get:r,set(t){let a=r?.call(this);i?.call(this,t),this.requestUpdate(e,a,n)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??S}static _$Ei(){if(this.hasOwnProperty(y(`elementProperties`)))return;let e=m(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(y(`finalized`)))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(y(`properties`))){let e=this.properties,t=[...f(e),...p(e)];for(let n of t)this.createProperty(n,e[n])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[e,n]of t)this.elementProperties.set(e,n)}this._$Eh=/* @__PURE__ */ new Map;for(let[e,t]of this.elementProperties){let n=this._$Eu(e,t);n!==void 0&&this._$Eh.set(n,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let n=new Set(e.flat(1/0).reverse());for(let e of n)t.unshift(c(e))}else e!==void 0&&t.push(c(e));return t}static _$Eu(e,t){let n=t.attribute;return!1===n?void 0:typeof n==`string`?n:typeof e==`string`?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=/* @__PURE__ */ new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=/* @__PURE__ */ new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=/* @__PURE__ */ new Map,t=this.constructor.elementProperties;for(let n of t.keys())this.hasOwnProperty(n)&&(e.set(n,this[n]),delete this[n]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return s(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,n){this._$AK(e,n)}_$ET(e,t){let n=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,n);if(r!==void 0&&!0===n.reflect){let i=(n.converter?.toAttribute===void 0?b:n.converter).toAttribute(t,n.type);this._$Em=e,i==null?this.removeAttribute(r):this.setAttribute(r,i),this._$Em=null}}_$AK(e,t){let n=this.constructor,r=n._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let e=n.getPropertyOptions(r),i=typeof e.converter==`function`?{fromAttribute:e.converter}:e.converter?.fromAttribute===void 0?b:e.converter;this._$Em=r;let a=i.fromAttribute(t,e.type);this[r]=a??this._$Ej?.get(r)??a,this._$Em=null}}requestUpdate(e,t,n,r=!1,i){if(e!==void 0){let a=this.constructor;if(!1===r&&(i=this[e]),n??=a.getPropertyOptions(e),!((n.hasChanged??x)(i,t)||n.useDefault&&n.reflect&&i===this._$Ej?.get(e)&&!this.hasAttribute(a._$Eu(e,n))))return;this.C(e,t,n)}!1===this.isUpdatePending&&(this._$ES=this._$EP())}C(e,t,{useDefault:n,reflect:r,wrapped:i},a){n&&!(this._$Ej??=/* @__PURE__ */ new Map).has(e)&&(this._$Ej.set(e,a??t??this[e]),!0!==i||a!==void 0)||(this._$AL.has(e)||(this.hasUpdated||n||(t=void 0),this._$AL.set(e,t)),!0===r&&this._$Em!==e&&(this._$Eq??=/* @__PURE__ */ new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[e,t]of this._$Ep)this[e]=t;this._$Ep=void 0}let e=this.constructor.elementProperties;if(e.size>0)for(let[t,n]of e){let{wrapped:e}=n,r=this[t];!0!==e||this._$AL.has(t)||r===void 0||this.C(t,void 0,n,r)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(e=>e.hostUpdate?.()),this.update(t)):this._$EM()}catch(t){throw e=!1,this._$EM(),t}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=/* @__PURE__ */ new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(e){}firstUpdated(e){}};C.elementStyles=[],C.shadowRootOptions={mode:`open`},C[y(`elementProperties`)]=/* @__PURE__ */ new Map,C[y(`finalized`)]=/* @__PURE__ */ new Map,v?.({ReactiveElement:C}),(h.reactiveElementVersions??=[]).push(`2.1.2`);var w=globalThis,T=e=>e,E=w.trustedTypes,D=E?E.createPolicy(`lit-html`,{createHTML:e=>e}):void 0,O=`$lit$`,k=`lit$${Math.random().toFixed(9).slice(2)}$`,ee=`?`+k,A=`<${ee}>`,j=document,te=()=>j.createComment(``),ne=e=>e===null||typeof e!=`object`&&typeof e!=`function`,re=Array.isArray,ie=e=>re(e)||typeof e?.[Symbol.iterator]==`function`,ae=`[ 	
\f\r]`,M=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,N=/-->/g,P=/>/g,F=RegExp(`>|${ae}(?:([^\\s"'>=/]+)(${ae}*=${ae}*(?:[^ \t\n\f\r"'\`<>=]|("|')|))|$)`,`g`),I=/'/g,L=/"/g,oe=/^(?:script|style|textarea|title)$/i,R=(e=>(t,...n)=>({_$litType$:e,strings:t,values:n}))(1),se=Symbol.for(`lit-noChange`),z=Symbol.for(`lit-nothing`),ce=/* @__PURE__ */ new WeakMap,le=j.createTreeWalker(j,129);function ue(e,t){if(!re(e)||!e.hasOwnProperty(`raw`))throw Error(`invalid template strings array`);return D===void 0?t:D.createHTML(t)}var de=(e,t)=>{let n=e.length-1,r=[],i,a=t===2?`<svg>`:t===3?`<math>`:``,o=M;for(let t=0;t<n;t++){let n=e[t],s,c,l=-1,u=0;for(;u<n.length&&(o.lastIndex=u,c=o.exec(n),c!==null);)u=o.lastIndex,o===M?c[1]===`!--`?o=N:c[1]===void 0?c[2]===void 0?c[3]!==void 0&&(o=F):(oe.test(c[2])&&(i=RegExp(`</`+c[2],`g`)),o=F):o=P:o===F?c[0]===`>`?(o=i??M,l=-1):c[1]===void 0?l=-2:(l=o.lastIndex-c[2].length,s=c[1],o=c[3]===void 0?F:c[3]===`"`?L:I):o===L||o===I?o=F:o===N||o===P?o=M:(o=F,i=void 0);let d=o===F&&e[t+1].startsWith(`/>`)?` `:``;a+=o===M?n+A:l>=0?(r.push(s),n.slice(0,l)+O+n.slice(l)+k+d):n+k+(l===-2?t:d)}return[ue(e,a+(e[n]||`<?>`)+(t===2?`</svg>`:t===3?`</math>`:``)),r]},fe=class e{constructor({strings:t,_$litType$:n},r){let i;this.parts=[];let a=0,o=0,s=t.length-1,c=this.parts,[l,u]=de(t,n);if(this.el=e.createElement(l,r),le.currentNode=this.el.content,n===2||n===3){let e=this.el.content.firstChild;e.replaceWith(...e.childNodes)}for(;(i=le.nextNode())!==null&&c.length<s;){if(i.nodeType===1){if(i.hasAttributes())for(let e of i.getAttributeNames())if(e.endsWith(O)){let t=u[o++],n=i.getAttribute(e).split(k),r=/([.?@])?(.*)/.exec(t);c.push({type:1,index:a,name:r[2],strings:n,ctor:r[1]===`.`?_e:r[1]===`?`?ve:r[1]===`@`?ye:ge}),i.removeAttribute(e)}else e.startsWith(k)&&(c.push({type:6,index:a}),i.removeAttribute(e));if(oe.test(i.tagName)){let e=i.textContent.split(k),t=e.length-1;if(t>0){i.textContent=E?E.emptyScript:``;for(let n=0;n<t;n++)i.append(e[n],te()),le.nextNode(),c.push({type:2,index:++a});i.append(e[t],te())}}}else if(i.nodeType===8){if(i.data===ee)c.push({type:2,index:a});else{let e=-1;for(;(e=i.data.indexOf(k,e+1))!==-1;)c.push({type:7,index:a}),e+=k.length-1}}a++}}static createElement(e,t){let n=j.createElement(`template`);return n.innerHTML=e,n}};function pe(e,t,n=e,r){if(t===se)return t;let i=r===void 0?n._$Cl:n._$Co?.[r],a=ne(t)?void 0:t._$litDirective$;return i?.constructor!==a&&(i?._$AO?.(!1),a===void 0?i=void 0:(i=new a(e),i._$AT(e,n,r)),r===void 0?n._$Cl=i:(n._$Co??=[])[r]=i),i!==void 0&&(t=pe(e,i._$AS(e,t.values),i,r)),t}var me=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:n}=this._$AD,r=(e?.creationScope??j).importNode(t,!0);le.currentNode=r;let i=le.nextNode(),a=0,o=0,s=n[0];for(;s!==void 0;){if(a===s.index){let t;s.type===2?t=new he(i,i.nextSibling,this,e):s.type===1?t=new s.ctor(i,s.name,s.strings,this,e):s.type===6&&(t=new B(i,this,e)),this._$AV.push(t),s=n[++o]}a!==s?.index&&(i=le.nextNode(),a++)}return le.currentNode=j,r}p(e){let t=0;for(let n of this._$AV)n!==void 0&&(n.strings===void 0?n._$AI(e[t]):(n._$AI(e,n,t),t+=n.strings.length-2)),t++}},he=class e{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,n,r){this.type=2,this._$AH=z,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=n,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=pe(this,e,t),ne(e)?e===z||e==null||e===``?(this._$AH!==z&&this._$AR(),this._$AH=z):e!==this._$AH&&e!==se&&this._(e):e._$litType$===void 0?e.nodeType===void 0?ie(e)?this.k(e):this._(e):this.T(e):this.$(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==z&&ne(this._$AH)?this._$AA.nextSibling.data=e:this.T(j.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:n}=e,r=typeof n==`number`?this._$AC(e):(n.el===void 0&&(n.el=fe.createElement(ue(n.h,n.h[0]),this.options)),n);if(this._$AH?._$AD===r)this._$AH.p(t);else{let e=new me(r,this),n=e.u(this.options);e.p(t),this.T(n),this._$AH=e}}_$AC(e){let t=ce.get(e.strings);return t===void 0&&ce.set(e.strings,t=new fe(e)),t}k(t){re(this._$AH)||(this._$AH=[],this._$AR());let n=this._$AH,r,i=0;for(let a of t)i===n.length?n.push(r=new e(this.O(te()),this.O(te()),this,this.options)):r=n[i],r._$AI(a),i++;i<n.length&&(this._$AR(r&&r._$AB.nextSibling,i),n.length=i)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let t=T(e).nextSibling;T(e).remove(),e=t}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},ge=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,n,r,i){this.type=1,this._$AH=z,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=i,n.length>2||n[0]!==``||n[1]!==``?(this._$AH=Array(n.length-1).fill(/* @__PURE__ */ new String),this.strings=n):this._$AH=z}_$AI(e,t=this,n,r){let i=this.strings,a=!1;if(i===void 0)e=pe(this,e,t,0),a=!ne(e)||e!==this._$AH&&e!==se,a&&(this._$AH=e);else{let r=e,o,s;for(e=i[0],o=0;o<i.length-1;o++)s=pe(this,r[n+o],t,o),s===se&&(s=this._$AH[o]),a||=!ne(s)||s!==this._$AH[o],s===z?e=z:e!==z&&(e+=(s??``)+i[o+1]),this._$AH[o]=s}a&&!r&&this.j(e)}j(e){e===z?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??``)}},_e=class extends ge{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===z?void 0:e}},ve=class extends ge{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==z)}},ye=class extends ge{constructor(e,t,n,r,i){super(e,t,n,r,i),this.type=5}_$AI(e,t=this){if((e=pe(this,e,t,0)??z)===se)return;let n=this._$AH,r=e===z&&n!==z||e.capture!==n.capture||e.once!==n.once||e.passive!==n.passive,i=e!==z&&(n===z||r);r&&this.element.removeEventListener(this.name,this,n),i&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH==`function`?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},B=class{constructor(e,t,n){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=n}get _$AU(){return this._$AM._$AU}_$AI(e){pe(this,e)}},V=w.litHtmlPolyfillSupport;V?.(fe,he),(w.litHtmlVersions??=[]).push(`3.3.3`);var be=(e,t,n)=>{let r=n?.renderBefore??t,i=r._$litPart$;if(i===void 0){let e=n?.renderBefore??null;r._$litPart$=i=new he(t.insertBefore(te(),e),e,void 0,n??{})}return i._$AI(e),i},xe=globalThis,Se=class extends C{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=be(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return se}};Se._$litElement$=!0,Se.finalized=!0,xe.litElementHydrateSupport?.({LitElement:Se});var Ce=xe.litElementPolyfillSupport;Ce?.({LitElement:Se}),(xe.litElementVersions??=[]).push(`4.2.2`);var we=e=>(t,n)=>{n===void 0?customElements.define(e,t):n.addInitializer(()=>{customElements.define(e,t)})},Te={attribute:!0,type:String,converter:b,reflect:!1,hasChanged:x},Ee=(e=Te,t,n)=>{let{kind:r,metadata:i}=n,a=globalThis.litPropertyMetadata.get(i);if(a===void 0&&globalThis.litPropertyMetadata.set(i,a=/* @__PURE__ */ new Map),r===`setter`&&((e=Object.create(e)).wrapped=!0),a.set(n.name,e),r===`accessor`){let{name:r}=n;return{set(n){let i=t.get.call(this);t.set.call(this,n),this.requestUpdate(r,i,e,!0,n)},init(t){return t!==void 0&&this.C(r,void 0,e,t),t}}}if(r===`setter`){let{name:r}=n;return function(n){let i=this[r];t.call(this,n),this.requestUpdate(r,i,e,!0,n)}}throw Error(`Unsupported decorator location: `+r)};function De(e){return(t,n)=>typeof n==`object`?Ee(e,t,n):((e,t,n)=>{let r=t.hasOwnProperty(n);return t.constructor.createProperty(n,e),r?Object.getOwnPropertyDescriptor(t,n):void 0})(e,t,n)}function H(e){return De({...e,state:!0,attribute:!1})}var Oe=(e,t,n)=>(n.configurable=!0,n.enumerable=!0,Reflect.decorate&&typeof t!=`object`&&Object.defineProperty(e,t,n),n);function ke(e,t){return(n,r,i)=>{let a=t=>t.renderRoot?.querySelector(e)??null;if(t){let{get:e,set:t}=typeof r==`object`?n:i??(()=>{let e=Symbol();return{get(){return this[e]},set(t){this[e]=t}}})();return Oe(n,r,{get(){let n=e.call(this);return n===void 0&&(n=a(this),(n!==null||this.hasUpdated)&&t.call(this,n)),n}})}return Oe(n,r,{get(){return a(this)}})}}var Ae=[2e3,5e3,15e3,6e4],je=class{constructor(e,t,n){this.connection=e,this.asked=t,this.end=n,this.listeners=/* @__PURE__ */ new Set,this.told={},this.tries=0}add(e){return this.listeners.add(e),(this.told.place||this.told.problem)&&e(this.told),this.leave??=this.subscribe(),()=>{this.listeners.delete(e),this.listeners.size===0&&this.stop()}}async subscribe(){try{return await this.connection.subscribeMessage(e=>{this.tries=0,this.tell({place:e})},this.asked)}catch(e){let t=e.code??`unknown`;this.tell({...this.told,problem:String(t)});let n=Ae[Math.min(this.tries++,Ae.length-1)];this.timer=setTimeout(()=>{this.leave=this.subscribe()},n);return}}tell(e){this.told=e;for(let t of this.listeners)t(e)}stop(){clearTimeout(this.timer),this.end(),this.leave?.then(e=>e?.()).catch(()=>void 0)}},Me=/* @__PURE__ */ new WeakMap;function Ne(e,t,n,r){let i=Me.get(e)??/* @__PURE__ */ new Map;Me.set(e,i);let a=`${t??``} ${n}`,o=i.get(a);return o||(o=new je(e,{type:`energy_orchestrator/subscribe`,language:n,...t?{entry_id:t}:{}},()=>i.delete(a)),i.set(a,o)),o.add(r)}var Pe=e=>e!==void 0&&`measured`in e,Fe={not_found:`no_site`,unauthorized:`no_right`},Ie=4;function Le(e,t,n,r,i){if(t)return{light:`wrong`,causes:[r.say(Fe[t]??`no_answer`)]};if(e&&!Pe(e))return{light:`wrong`,causes:[r.say(e.state===`removed`?`site_removed`:`site_down`)]};if(!e)return{light:`look`,causes:[r.say(`loading`)]};let a=[],o=[],{failure:s,created:c,planless_since:l,status:u,troubles:d,aside:f}=e.health;if(s&&a.push(r.maybe(`failure_${s}`)??s),!c)o.push(r.say(`no_plan`));else{let t=i-Date.parse(c)/1e3;t>Ie*e.interval_s&&a.push(r.say(`stale`,{span:r.span(t)}))}l&&a.push(r.say(`planless`,{span:r.span(i-Date.parse(l)/1e3)}));let p=u&&r.maybe(`status_${u}`);p&&o.push(p);for(let{device:t,until:n}of f){let o=e.devices.find(e=>e.id===t)?.name??t;a.push(r.say(`disobeys`,{name:o,time:r.when(new Date(n),/* @__PURE__ */ new Date(i*1e3))}))}for(let e of d){let t=e.entity_id?n[e.entity_id]?.attributes.friendly_name:void 0,i=String(t??e.entity_id??e.reading);o.push(r.say(`trouble`,{name:i,trouble:r.maybe(`trouble_${e.trouble}`)??r.say(`trouble_other`)}))}return{light:a.length?`wrong`:o.length?`look`:`good`,causes:[...a,...o]}}var Re={plan:`Plan`,now:`Jetzt`,sun:`Sonne`,house:`Haus`,grid:`Netz`,battery:`Batterie`,level:`Batteriestand`,miners:`Miner`,price:`Preis`,worth:`Wert der Energie`,buying:`Bezug`,selling:`Einspeisung`,charging:`lädt`,discharging:`entlädt`,off:`aus`,between:`{low} bis {high}`,measured:`gemessen`,planned:`geplant`,time:`Zeit`,power:`Leistung`,minutes:`{minutes} min`,hours:`{hours} h`,hours_minutes:`{hours} h {minutes} min`,unit_axis_power:`kW`,unit_axis_price:`{currency}/kWh`,picture:`Plan über die Zeit. Pfeiltasten gehen einen Abschnitt weiter, Bild auf und Bild ab eine Stunde, Pos1 zu jetzt.`,show_table:`Als Tabelle zeigen`,show_picture:`Tabelle verbergen`,table_caption:`Der Plan nach Stunden, Mittel jeder Stunde, Batteriestand an ihrem Ende`,rules:`Regeln`,loading:`Warte auf die Anlage …`,no_site:`Diese Anlage gibt es nicht. Wählen Sie eine in den Einstellungen der Karte.`,no_right:`Sie dürfen diese Anlage nicht einsehen.`,no_answer:`Die Integration antwortet nicht. Neuer Versuch folgt.`,no_connection:`Keine Verbindung zu Home Assistant. Gezeigt wird der Stand von {time}.`,site_down:`Die Anlage läuft gerade nicht. Sobald sie läuft, geht es hier von selbst weiter.`,site_removed:`Diese Anlage wurde entfernt.`,no_plan:`Es gibt noch keinen Plan.`,mode:`Betrieb`,mode_monitor:`Beobachten`,mode_automatic:`Automatik`,mode_paused:`Pause`,mode_monitor_says:`Es wird nur beobachtet und nichts geschaltet.`,mode_automatic_says:`Automatik: Der Plan wird ausgeführt.`,mode_paused_says:`Pause: Alles bleibt, wie es ist.`,confirm_automatic:`In der Automatik schaltet der Plan Ihre Geräte. Einschalten?`,turn_on:`Einschalten`,cancel:`Abbrechen`,failed:`Das ging nicht: {problem}`,next:`Als Nächstes`,no_changes:`Es ist keine Änderung geplant.`,overrides:`Vorgaben`,until:`bis {time}`,left:`noch {span}`,end:`Beenden`,end_of:`Vorgabe für {name} beenden`,all_well:`Alles in Ordnung`,look_here:`Bitte ansehen`,wrong:`Etwas stimmt nicht`,failure_soc_unknown:`Der Batteriestand ist unbekannt, deshalb gibt es keinen neuen Plan.`,failure_planning_failed:`Die letzte Planung ist gescheitert; der Plan davor gilt weiter.`,planless:`Seit {span} gibt es für diesen Moment keinen Plan.`,stale:`Der Plan ist {span} alt.`,plan_age:`Der Plan ist von {time}.`,status_relaxed:`Nicht jeder Wunsch war zu erfüllen.`,status_fallback:`Der Plan ist nach einfachen Regeln gemacht, denn der Planer fand rechtzeitig keinen.`,status_safe_state:`Es geschieht nur, was sicher ist, denn kein Plan war möglich.`,trouble:`{name}: {trouble}`,trouble_missing:`Entität gibt es nicht`,trouble_unavailable:`nicht verfügbar`,trouble_unknown:`unbekannt`,trouble_not_a_number:`keine Zahl`,trouble_wrong_unit:`falsche Einheit`,trouble_out_of_range:`außerhalb des Möglichen`,trouble_stale:`zu lange unverändert`,trouble_zero_glitch:`plötzlich null`,trouble_doubted:`angezweifelt, bis es bestätigt ist`,trouble_contradicted:`von einer anderen Messung widerlegt`,trouble_other:`kein Wert`,override_title:`Vorgabe`,override_for:`Für`,run:`Laufen`,stand:`Stoppen`,charge:`Laden`,discharge:`Entladen`,hold:`Halten`,self_consumption:`Eigenverbrauch`,next_run:`Als Nächstes`,no_run:`Es ist kein Lauf geplant.`,mining_run:`schürft {span} mit {power}`,charge_run:`lädt {span} mit {power}`,discharge_run:`entlädt {span} mit {power}`,earns:`Schürfen bringt`,today:`Heute`,no_device:`Dieses Gerät gibt es nicht. Wählen Sie eines in den Einstellungen der Karte.`,reserve:`Reserve`,running:`{units} von {count} laufen`,on:`an`,name_plan_card:`Energy Orchestrator: Plan`,about_plan_card:`Zwei Tage voraus und ein halber zurück: Preise, Sonne, Haus, Batterie, Miner, und warum.`,name_now_card:`Energy Orchestrator: Jetzt`,about_now_card:`Was geschieht und warum, der Betrieb, was als Nächstes kommt, und ob alles in Ordnung ist.`,name_device_card:`Energy Orchestrator: Gerät`,about_device_card:`Eine Batterie, ein Wechselrichter oder ein Miner: Zustand, Grund, nächster Lauf und eine Vorgabe.`,name_dashboard:`Energy Orchestrator`,about_dashboard:`Ein ganzes Dashboard einer Anlage, von selbst gemacht.`,site:`Anlage`,site_hint:`Nur nötig, wo es mehrere Anlagen gibt.`,title:`Titel`,device:`Gerät`,back_hours:`Stunden zurück`,view_overview:`Übersicht`,view_devices:`Geräte`,view_money:`Geld`,money_today:`Heute`,money_ahead:`Ausblick`,money_mined:`Geschürft je Tag`,what_if:`Was wäre wenn`,if_solar:`Sonne`,if_load:`Haus`,if_extra:`Zusätzliche Last`,if_price:`Preis`,if_miners:`Ohne`,if_ask:`Ausrechnen`,if_reset:`Wie es ist`,if_working:`Beide Pläne entstehen …`,if_better:`Über {span} {money} besser`,if_worse:`Über {span} {money} schlechter`,if_same:`Über {span} kein Unterschied, der sich sagen lässt`,if_present:`wie es ist`,if_changed:`geändert`,if_lowest:`Tiefster Stand`,if_last:`Stand am Ende`,if_import:`Bezogen`,if_export:`Eingespeist`,if_mining:`Miner`,if_cost:`Kosten`,name_what_if_card:`Energy Orchestrator: Was wäre wenn`,about_what_if_card:`Weniger Sonne, mehr Last, ein anderer Preis: was es ändern würde, an Geld und Batteriestand.`,disobeys:`{name} tut nicht, was angewiesen ist; bis {time} wird ohne geplant.`,trouble_fallen:`plötzlich auf null gefallen`,trouble_negative:`negativ, was nicht sein kann`,writes_today:`Befehle heute`,from_until:`{from} bis {until}`,by_hand:`von Hand geschaltet`,drag:`Über eine Spur ziehen, um dem Gerät für diese Zeit etwas vorzugeben.`},ze={plan:`Plan`,now:`Now`,sun:`Sun`,house:`House`,grid:`Grid`,battery:`Battery`,level:`Battery level`,miners:`Miners`,price:`Price`,worth:`Worth of energy`,buying:`buying`,selling:`selling`,charging:`charging`,discharging:`discharging`,off:`off`,between:`{low} to {high}`,measured:`measured`,planned:`planned`,time:`Time`,power:`Power`,minutes:`{minutes} min`,hours:`{hours} h`,hours_minutes:`{hours} h {minutes} min`,unit_axis_power:`kW`,unit_axis_price:`{currency}/kWh`,picture:`Plan over time. Arrow keys move by one slot, Page Up and Page Down by one hour, Home to now.`,show_table:`Show as table`,show_picture:`Hide table`,table_caption:`The plan by the hour, means of each hour, battery level at its end`,rules:`Rules`,loading:`Waiting for the site …`,no_site:`There is no such site. Choose one in the card's settings.`,no_right:`You may not read this site.`,no_answer:`The integration does not answer. Trying again.`,no_connection:`No connection to Home Assistant. What is shown is from {time}.`,site_down:`The site is not running just now. It comes back by itself once it does.`,site_removed:`This site has been removed.`,no_plan:`There is no plan yet.`,mode:`Mode`,mode_monitor:`Monitor`,mode_automatic:`Automatic`,mode_paused:`Paused`,mode_monitor_says:`Monitor mode: nothing is switched.`,mode_automatic_says:`Automatic mode: the plan is carried out.`,mode_paused_says:`Paused: everything stays as it is.`,confirm_automatic:`In automatic mode the plan switches your devices. Turn it on?`,turn_on:`Turn on`,cancel:`Cancel`,failed:`That did not work: {problem}`,next:`Next`,no_changes:`No change is planned.`,overrides:`Overrides`,until:`until {time}`,left:`{span} left`,end:`End`,end_of:`End the override of {name}`,all_well:`All is well`,look_here:`Something needs a look`,wrong:`Something is wrong`,failure_soc_unknown:`The battery level is unknown, so no new plan can be made.`,failure_planning_failed:`The last planning failed; the plan before it stands.`,planless:`No plan has covered this moment for {span}.`,stale:`The plan is {span} old.`,plan_age:`The plan is of {time}.`,status_relaxed:`Not every wish could be granted.`,status_fallback:`The plan was made by simple rules, for the planner found none in time.`,status_safe_state:`Only what is safe is done, for no plan could be made.`,trouble:`{name}: {trouble}`,trouble_missing:`there is no such entity`,trouble_unavailable:`unavailable`,trouble_unknown:`unknown`,trouble_not_a_number:`not a number`,trouble_wrong_unit:`wrong unit`,trouble_out_of_range:`out of range`,trouble_stale:`has not changed for too long`,trouble_zero_glitch:`suddenly zero`,trouble_doubted:`doubted until it is confirmed`,trouble_contradicted:`contradicted by another reading`,trouble_other:`no value`,override_title:`Override`,override_for:`For`,run:`Run`,stand:`Stop`,charge:`Charge`,discharge:`Discharge`,hold:`Hold`,self_consumption:`Self-consumption`,next_run:`Next`,no_run:`No run is planned.`,mining_run:`mines {span} with {power}`,charge_run:`charges {span} with {power}`,discharge_run:`discharges {span} with {power}`,earns:`Mining earns`,today:`Today`,no_device:`There is no such device. Choose one in the card's settings.`,reserve:`Reserve`,running:`{units} of {count} running`,on:`on`,name_plan_card:`Energy Orchestrator: plan`,about_plan_card:`Two days ahead and half a day back: prices, sun, house, battery, miners, and why.`,name_now_card:`Energy Orchestrator: now`,about_now_card:`What happens and why, the mode, what comes next, and whether all is well.`,name_device_card:`Energy Orchestrator: device`,about_device_card:`One battery, inverter or miner: its state, why, its next run, and an override.`,name_dashboard:`Energy Orchestrator`,about_dashboard:`A whole dashboard of a site, made by itself.`,site:`Site`,site_hint:`Needed only where there are several sites.`,title:`Title`,device:`Device`,back_hours:`Hours back`,view_overview:`Overview`,view_devices:`Devices`,view_money:`Money`,money_today:`Today`,money_ahead:`Ahead`,money_mined:`Mined per day`,what_if:`What if`,if_solar:`Sun`,if_load:`House`,if_extra:`Extra load`,if_price:`Price`,if_miners:`Without`,if_ask:`Work it out`,if_reset:`As it is`,if_working:`Making both plans …`,if_better:`{money} better over {span}`,if_worse:`{money} worse over {span}`,if_same:`No difference that can be told over {span}`,if_present:`as it is`,if_changed:`changed`,if_lowest:`Lowest level`,if_last:`Level at the end`,if_import:`Bought`,if_export:`Sold`,if_mining:`Miners`,if_cost:`Cost`,name_what_if_card:`Energy Orchestrator: what if`,about_what_if_card:`Less sun, more load, another price: what it would change, in money and battery level.`,disobeys:`{name} does not do what it is told; it is planned without until {time}.`,trouble_fallen:`fell to zero at once`,trouble_negative:`negative, which it cannot be`,writes_today:`Commands today`,from_until:`{from} to {until}`,by_hand:`switched by hand`,drag:`Drag over a lane to override its device for that time.`},Be={en:ze,de:Re,fr:{plan:`Plan`,now:`Maintenant`,sun:`Soleil`,house:`Maison`,grid:`Réseau`,battery:`Batterie`,level:`Niveau de la batterie`,miners:`Mineurs`,price:`Prix`,worth:`Valeur de l'énergie`,buying:`achat`,selling:`vente`,charging:`charge`,discharging:`décharge`,off:`arrêté`,between:`{low} à {high}`,measured:`mesuré`,planned:`prévu`,time:`Heure`,power:`Puissance`,minutes:`{minutes} min`,hours:`{hours} h`,hours_minutes:`{hours} h {minutes} min`,unit_axis_power:`kW`,unit_axis_price:`{currency}/kWh`,picture:`Le plan dans le temps. Les flèches avancent d'un créneau, Page préc. et Page suiv. d'une heure, Début revient à maintenant.`,show_table:`Afficher en tableau`,show_picture:`Masquer le tableau`,table_caption:`Le plan heure par heure, moyennes de chaque heure, niveau de la batterie à la fin`,rules:`Règles`,loading:`En attente du site …`,no_site:`Ce site n'existe pas. Choisissez-en un dans les réglages de la carte.`,no_right:`Vous ne pouvez pas consulter ce site.`,no_answer:`L'intégration ne répond pas. Nouvel essai en cours.`,no_connection:`Pas de connexion à Home Assistant. État affiché : {time}.`,site_down:`Le site ne fonctionne pas en ce moment. Il reviendra de lui-même.`,site_removed:`Ce site a été supprimé.`,no_plan:`Il n'y a pas encore de plan.`,mode:`Mode`,mode_monitor:`Observation`,mode_automatic:`Automatique`,mode_paused:`Pause`,mode_monitor_says:`Observation : rien n'est commuté.`,mode_automatic_says:`Automatique : le plan est exécuté.`,mode_paused_says:`Pause : tout reste comme c'est.`,confirm_automatic:`En mode automatique, le plan commute vos appareils. L'activer ?`,turn_on:`Activer`,cancel:`Annuler`,failed:`Cela n'a pas marché : {problem}`,next:`Ensuite`,no_changes:`Aucun changement n'est prévu.`,overrides:`Consignes`,until:`jusqu'à {time}`,left:`encore {span}`,end:`Terminer`,end_of:`Terminer la consigne pour {name}`,all_well:`Tout va bien`,look_here:`À vérifier`,wrong:`Quelque chose ne va pas`,failure_soc_unknown:`Le niveau de la batterie est inconnu : aucun nouveau plan n'est possible.`,failure_planning_failed:`La dernière planification a échoué ; le plan précédent reste valable.`,planless:`Aucun plan ne couvre ce moment depuis {span}.`,stale:`Le plan date de {span}.`,plan_age:`Le plan est de {time}.`,status_relaxed:`Tous les souhaits n'ont pas pu être satisfaits.`,status_fallback:`Le plan suit des règles simples, faute d'un meilleur à temps.`,status_safe_state:`Seul ce qui est sûr est fait, car aucun plan n'était possible.`,trouble:`{name} : {trouble}`,trouble_missing:`cette entité n'existe pas`,trouble_unavailable:`indisponible`,trouble_unknown:`inconnu`,trouble_not_a_number:`pas un nombre`,trouble_wrong_unit:`mauvaise unité`,trouble_out_of_range:`hors limites`,trouble_stale:`inchangé depuis trop longtemps`,trouble_zero_glitch:`soudain à zéro`,trouble_doubted:`mis en doute jusqu'à confirmation`,trouble_contradicted:`contredit par une autre mesure`,trouble_other:`aucune valeur`,override_title:`Consigne`,override_for:`Pendant`,run:`Marche`,stand:`Arrêt`,charge:`Charger`,discharge:`Décharger`,hold:`Maintenir`,self_consumption:`Autoconsommation`,next_run:`Ensuite`,no_run:`Aucune marche n'est prévue.`,mining_run:`mine {span} à {power}`,charge_run:`charge {span} à {power}`,discharge_run:`décharge {span} à {power}`,earns:`Le minage rapporte`,today:`Aujourd'hui`,no_device:`Cet appareil n'existe pas. Choisissez-en un dans les réglages de la carte.`,reserve:`Réserve`,running:`{units} sur {count} en marche`,on:`en marche`,name_plan_card:`Energy Orchestrator : plan`,about_plan_card:`Deux jours à venir et une demi-journée passée : prix, soleil, maison, batterie, mineurs, et pourquoi.`,name_now_card:`Energy Orchestrator : maintenant`,about_now_card:`Ce qui se passe et pourquoi, le mode, la suite, et si tout va bien.`,name_device_card:`Energy Orchestrator : appareil`,about_device_card:`Une batterie, un onduleur ou un mineur : état, raison, prochaine marche et consigne.`,name_dashboard:`Energy Orchestrator`,about_dashboard:`Un tableau de bord complet d'un site, créé tout seul.`,site:`Site`,site_hint:`Nécessaire seulement s'il y a plusieurs sites.`,title:`Titre`,device:`Appareil`,back_hours:`Heures passées`,view_overview:`Aperçu`,view_devices:`Appareils`,view_money:`Argent`,money_today:`Aujourd'hui`,money_ahead:`À venir`,money_mined:`Miné par jour`,what_if:`Et si`,if_solar:`Soleil`,if_load:`Maison`,if_extra:`Charge en plus`,if_price:`Prix`,if_miners:`Sans`,if_ask:`Calculer`,if_reset:`Comme c'est`,if_working:`Les deux plans se préparent …`,if_better:`{money} de mieux sur {span}`,if_worse:`{money} de moins bien sur {span}`,if_same:`Aucune différence notable sur {span}`,if_present:`comme c'est`,if_changed:`modifié`,if_lowest:`Niveau le plus bas`,if_last:`Niveau à la fin`,if_import:`Acheté`,if_export:`Vendu`,if_mining:`Mineurs`,if_cost:`Coût`,name_what_if_card:`Energy Orchestrator : et si`,about_what_if_card:`Moins de soleil, plus de charge, un autre prix : ce que cela changerait, en argent et en niveau de batterie.`,disobeys:`{name} n'obéit pas ; le plan s'en passe jusqu'à {time}.`,trouble_fallen:`tombé à zéro d'un coup`,trouble_negative:`négatif, ce qui est impossible`,writes_today:`Commandes aujourd'hui`,from_until:`{from} à {until}`,by_hand:`commuté à la main`,drag:`Glissez sur une ligne pour donner une consigne à l'appareil pour ce temps.`},es:{plan:`Plan`,now:`Ahora`,sun:`Sol`,house:`Casa`,grid:`Red`,battery:`Batería`,level:`Nivel de la batería`,miners:`Mineros`,price:`Precio`,worth:`Valor de la energía`,buying:`compra`,selling:`venta`,charging:`carga`,discharging:`descarga`,off:`apagado`,between:`{low} a {high}`,measured:`medido`,planned:`planeado`,time:`Hora`,power:`Potencia`,minutes:`{minutes} min`,hours:`{hours} h`,hours_minutes:`{hours} h {minutes} min`,unit_axis_power:`kW`,unit_axis_price:`{currency}/kWh`,picture:`El plan en el tiempo. Las flechas avanzan un tramo, Re Pág y Av Pág una hora, Inicio vuelve a ahora.`,show_table:`Mostrar como tabla`,show_picture:`Ocultar la tabla`,table_caption:`El plan por horas, medias de cada hora, nivel de la batería al final`,rules:`Reglas`,loading:`Esperando a la instalación …`,no_site:`No existe esa instalación. Elija una en los ajustes de la tarjeta.`,no_right:`No puede consultar esta instalación.`,no_answer:`La integración no responde. Se intenta de nuevo.`,no_connection:`Sin conexión con Home Assistant. Se muestra el estado de las {time}.`,site_down:`La instalación no funciona en este momento. Volverá por sí sola.`,site_removed:`Esta instalación se ha eliminado.`,no_plan:`Todavía no hay plan.`,mode:`Modo`,mode_monitor:`Observar`,mode_automatic:`Automático`,mode_paused:`Pausa`,mode_monitor_says:`Solo se observa: no se conmuta nada.`,mode_automatic_says:`Automático: se ejecuta el plan.`,mode_paused_says:`Pausa: todo queda como está.`,confirm_automatic:`En modo automático el plan conmuta sus aparatos. ¿Activarlo?`,turn_on:`Activar`,cancel:`Cancelar`,failed:`No ha funcionado: {problem}`,next:`Después`,no_changes:`No hay cambios planeados.`,overrides:`Órdenes`,until:`hasta las {time}`,left:`quedan {span}`,end:`Terminar`,end_of:`Terminar la orden de {name}`,all_well:`Todo va bien`,look_here:`Conviene mirarlo`,wrong:`Algo va mal`,failure_soc_unknown:`El nivel de la batería es desconocido: no se puede hacer un plan nuevo.`,failure_planning_failed:`La última planificación falló; sigue el plan anterior.`,planless:`Ningún plan cubre este momento desde hace {span}.`,stale:`El plan tiene {span}.`,plan_age:`El plan es de las {time}.`,status_relaxed:`No se pudieron cumplir todos los deseos.`,status_fallback:`El plan sigue reglas sencillas, pues no hubo otro a tiempo.`,status_safe_state:`Solo se hace lo seguro, pues ningún plan fue posible.`,trouble:`{name}: {trouble}`,trouble_missing:`no existe esa entidad`,trouble_unavailable:`no disponible`,trouble_unknown:`desconocido`,trouble_not_a_number:`no es un número`,trouble_wrong_unit:`unidad equivocada`,trouble_out_of_range:`fuera de lo posible`,trouble_stale:`sin cambios demasiado tiempo`,trouble_zero_glitch:`de pronto a cero`,trouble_doubted:`en duda hasta que se confirme`,trouble_contradicted:`otra medida lo contradice`,trouble_other:`sin valor`,override_title:`Orden`,override_for:`Durante`,run:`Encender`,stand:`Parar`,charge:`Cargar`,discharge:`Descargar`,hold:`Mantener`,self_consumption:`Autoconsumo`,next_run:`Después`,no_run:`No hay marcha planeada.`,mining_run:`mina {span} con {power}`,charge_run:`carga {span} con {power}`,discharge_run:`descarga {span} con {power}`,earns:`Minar rinde`,today:`Hoy`,no_device:`No existe ese aparato. Elija uno en los ajustes de la tarjeta.`,reserve:`Reserva`,running:`{units} de {count} en marcha`,on:`encendido`,name_plan_card:`Energy Orchestrator: plan`,about_plan_card:`Dos días por delante y medio atrás: precios, sol, casa, batería, mineros, y por qué.`,name_now_card:`Energy Orchestrator: ahora`,about_now_card:`Qué pasa y por qué, el modo, lo que viene, y si todo va bien.`,name_device_card:`Energy Orchestrator: aparato`,about_device_card:`Una batería, un inversor o un minero: estado, razón, próxima marcha y una orden.`,name_dashboard:`Energy Orchestrator`,about_dashboard:`Un panel completo de una instalación, hecho por sí solo.`,site:`Instalación`,site_hint:`Solo hace falta si hay varias instalaciones.`,title:`Título`,device:`Aparato`,back_hours:`Horas atrás`,view_overview:`Resumen`,view_devices:`Aparatos`,view_money:`Dinero`,money_today:`Hoy`,money_ahead:`Previsto`,money_mined:`Minado por día`,what_if:`¿Y si?`,if_solar:`Sol`,if_load:`Casa`,if_extra:`Carga adicional`,if_price:`Precio`,if_miners:`Sin`,if_ask:`Calcular`,if_reset:`Como está`,if_working:`Se hacen los dos planes …`,if_better:`{money} mejor en {span}`,if_worse:`{money} peor en {span}`,if_same:`Ninguna diferencia apreciable en {span}`,if_present:`como está`,if_changed:`cambiado`,if_lowest:`Nivel más bajo`,if_last:`Nivel al final`,if_import:`Comprado`,if_export:`Vendido`,if_mining:`Mineros`,if_cost:`Coste`,name_what_if_card:`Energy Orchestrator: ¿y si?`,about_what_if_card:`Menos sol, más carga, otro precio: qué cambiaría en dinero y nivel de la batería.`,disobeys:`{name} no hace lo que se le ordena; el plan prescinde de él hasta las {time}.`,trouble_fallen:`cayó a cero de golpe`,trouble_negative:`negativo, lo que no puede ser`,writes_today:`Órdenes hoy`,from_until:`{from} a {until}`,by_hand:`conmutado a mano`,drag:`Arrastre sobre una línea para dar una orden al aparato durante ese tiempo.`},nl:{plan:`Plan`,now:`Nu`,sun:`Zon`,house:`Huis`,grid:`Net`,battery:`Accu`,level:`Accuniveau`,miners:`Miners`,price:`Prijs`,worth:`Waarde van energie`,buying:`inkoop`,selling:`teruglevering`,charging:`laadt`,discharging:`ontlaadt`,off:`uit`,between:`{low} tot {high}`,measured:`gemeten`,planned:`gepland`,time:`Tijd`,power:`Vermogen`,minutes:`{minutes} min`,hours:`{hours} u`,hours_minutes:`{hours} u {minutes} min`,unit_axis_power:`kW`,unit_axis_price:`{currency}/kWh`,picture:`Het plan in de tijd. Pijltjestoetsen gaan een deel verder, Page Up en Page Down een uur, Home naar nu.`,show_table:`Als tabel tonen`,show_picture:`Tabel verbergen`,table_caption:`Het plan per uur, gemiddelden van elk uur, accuniveau aan het einde`,rules:`Regels`,loading:`Wachten op de locatie …`,no_site:`Die locatie bestaat niet. Kies er een in de instellingen van de kaart.`,no_right:`U mag deze locatie niet bekijken.`,no_answer:`De integratie antwoordt niet. Er wordt opnieuw geprobeerd.`,no_connection:`Geen verbinding met Home Assistant. Getoond wordt de stand van {time}.`,site_down:`De locatie draait nu niet. Zodra ze draait, gaat het hier vanzelf verder.`,site_removed:`Deze locatie is verwijderd.`,no_plan:`Er is nog geen plan.`,mode:`Stand`,mode_monitor:`Meekijken`,mode_automatic:`Automatisch`,mode_paused:`Pauze`,mode_monitor_says:`Er wordt alleen meegekeken en niets geschakeld.`,mode_automatic_says:`Automatisch: het plan wordt uitgevoerd.`,mode_paused_says:`Pauze: alles blijft zoals het is.`,confirm_automatic:`In de automatische stand schakelt het plan uw apparaten. Inschakelen?`,turn_on:`Inschakelen`,cancel:`Annuleren`,failed:`Dat lukte niet: {problem}`,next:`Hierna`,no_changes:`Er is geen wijziging gepland.`,overrides:`Opdrachten`,until:`tot {time}`,left:`nog {span}`,end:`Beëindigen`,end_of:`De opdracht voor {name} beëindigen`,all_well:`Alles is in orde`,look_here:`Even kijken`,wrong:`Er is iets mis`,failure_soc_unknown:`Het accuniveau is onbekend, dus er kan geen nieuw plan komen.`,failure_planning_failed:`De laatste planning is mislukt; het vorige plan blijft gelden.`,planless:`Voor dit moment is er al {span} geen plan.`,stale:`Het plan is {span} oud.`,plan_age:`Het plan is van {time}.`,status_relaxed:`Niet elke wens kon worden vervuld.`,status_fallback:`Het plan volgt eenvoudige regels, want op tijd was er geen ander.`,status_safe_state:`Er gebeurt alleen wat veilig is, want er was geen plan mogelijk.`,trouble:`{name}: {trouble}`,trouble_missing:`die entiteit bestaat niet`,trouble_unavailable:`niet beschikbaar`,trouble_unknown:`onbekend`,trouble_not_a_number:`geen getal`,trouble_wrong_unit:`verkeerde eenheid`,trouble_out_of_range:`buiten het mogelijke`,trouble_stale:`te lang onveranderd`,trouble_zero_glitch:`plotseling nul`,trouble_doubted:`betwijfeld tot het bevestigd is`,trouble_contradicted:`weersproken door een andere meting`,trouble_other:`geen waarde`,override_title:`Opdracht`,override_for:`Voor`,run:`Draaien`,stand:`Stoppen`,charge:`Laden`,discharge:`Ontladen`,hold:`Vasthouden`,self_consumption:`Eigen verbruik`,next_run:`Hierna`,no_run:`Er is niets gepland.`,mining_run:`minet {span} met {power}`,charge_run:`laadt {span} met {power}`,discharge_run:`ontlaadt {span} met {power}`,earns:`Minen levert`,today:`Vandaag`,no_device:`Dat apparaat bestaat niet. Kies er een in de instellingen van de kaart.`,reserve:`Reserve`,running:`{units} van {count} draaien`,on:`aan`,name_plan_card:`Energy Orchestrator: plan`,about_plan_card:`Twee dagen vooruit en een halve terug: prijzen, zon, huis, accu, miners, en waarom.`,name_now_card:`Energy Orchestrator: nu`,about_now_card:`Wat er gebeurt en waarom, de stand, wat er komt, en of alles in orde is.`,name_device_card:`Energy Orchestrator: apparaat`,about_device_card:`Een accu, omvormer of miner: toestand, reden, volgende keer en een opdracht.`,name_dashboard:`Energy Orchestrator`,about_dashboard:`Een heel dashboard van een locatie, vanzelf gemaakt.`,site:`Locatie`,site_hint:`Alleen nodig waar er meerdere locaties zijn.`,title:`Titel`,device:`Apparaat`,back_hours:`Uren terug`,view_overview:`Overzicht`,view_devices:`Apparaten`,view_money:`Geld`,money_today:`Vandaag`,money_ahead:`Vooruitblik`,money_mined:`Gemined per dag`,what_if:`Wat als`,if_solar:`Zon`,if_load:`Huis`,if_extra:`Extra verbruik`,if_price:`Prijs`,if_miners:`Zonder`,if_ask:`Uitrekenen`,if_reset:`Zoals het is`,if_working:`Beide plannen worden gemaakt …`,if_better:`{money} beter over {span}`,if_worse:`{money} slechter over {span}`,if_same:`Geen merkbaar verschil over {span}`,if_present:`zoals het is`,if_changed:`gewijzigd`,if_lowest:`Laagste niveau`,if_last:`Niveau aan het einde`,if_import:`Ingekocht`,if_export:`Teruggeleverd`,if_mining:`Miners`,if_cost:`Kosten`,name_what_if_card:`Energy Orchestrator: wat als`,about_what_if_card:`Minder zon, meer verbruik, een andere prijs: wat het zou veranderen aan geld en accuniveau.`,disobeys:`{name} doet niet wat is opgedragen; tot {time} wordt zonder gepland.`,trouble_fallen:`ineens naar nul gevallen`,trouble_negative:`negatief, wat niet kan`,writes_today:`Opdrachten vandaag`,from_until:`{from} tot {until}`,by_hand:`met de hand geschakeld`,drag:`Sleep over een baan om het apparaat voor die tijd een opdracht te geven.`}},Ve={comma_decimal:`en-US`,decimal_comma:`de`,space_comma:`fr`,quote_decimal:`de-CH`,none:`en-US`,system:void 0},He=class{constructor(e){this.hass=e,this.made=/* @__PURE__ */ new Map;let{locale:t}=e;this.words=Be[e.language.split(`-`)[0]??`en`]??ze,this.times=t.language,this.numbers=t.number_format in Ve?Ve[t.number_format]:t.language,this.zone=t.time_zone===`server`?e.config.time_zone:void 0,this.hour12={12:!0,24:!1}[t.time_format]}say(e,t={}){return(this.words[e]??ze[e]??e).replace(/\{(\w+)\}/g,(e,n)=>String(t[n]??``))}maybe(e){return this.words[e]??ze[e]}number(e,t){let n=this.hass.locale.number_format!==`none`;return this.keep(`n${t}`,()=>new Intl.NumberFormat(this.numbers,{minimumFractionDigits:t,maximumFractionDigits:t,useGrouping:n})).format(Object.is(Math.round(e*10**t),-0)?0:e)}kw(e){return e==null?`–`:Math.abs(e)<.9995?`${this.number(e*1e3,0)} W`:`${this.number(e,2)} kW`}percent(e){return e==null?`–`:`${this.number(e,0)} %`}price(e,t){return`${this.number(e,3)} ${t}/kWh`}money(e,t){return`${this.number(e,2)} ${t}`}time(e){return this.date(`t`,{hour:`numeric`,minute:`2-digit`,hour12:this.hour12}).format(e)}weekday(e){return this.date(`w`,{weekday:`short`}).format(e)}when(e,t){let n=this.date(`d`,{year:`numeric`,month:`numeric`,day:`numeric`});return n.format(e)===n.format(t)?this.time(e):`${this.weekday(e)} ${this.time(e)}`}clock(e){let t=this.date(`h`,{hour:`2-digit`,minute:`2-digit`,hourCycle:`h23`}).formatToParts(e),n=e=>Number(t.find(t=>t.type===e)?.value??0);return{hour:n(`hour`),minute:n(`minute`)}}span(e){let t=Math.max(0,Math.round(e/60)),n=Math.floor(t/60);return n===0?this.say(`minutes`,{minutes:t}):t%60==0?this.say(`hours`,{hours:n}):this.say(`hours_minutes`,{hours:n,minutes:t%60})}date(e,t){return this.keep(e,()=>new Intl.DateTimeFormat(this.times,{...t,timeZone:this.zone}))}keep(e,t){let n=this.made.get(e);if(n)return n;let r=t();return this.made.set(e,r),r}},Ue;function We(e){let t=[e.language,e.locale,e.config];return(!Ue||Ue.hass.some((e,n)=>e!==t[n]))&&(Ue={hass:t,text:new He(e)}),Ue.text}function U(e,t,n,r){var i=arguments.length,a=i<3?t:r===null?r=Object.getOwnPropertyDescriptor(t,n):r,o;if(typeof Reflect==`object`&&typeof Reflect.decorate==`function`)a=Reflect.decorate(e,t,n,r);else for(var s=e.length-1;s>=0;s--)(o=e[s])&&(a=(i<3?o(a):i>3?o(t,n,a):o(t,n))||a);return i>3&&a&&Object.defineProperty(t,n,a),a}var Ge=3e4,Ke=class extends Se{constructor(...e){super(...e),this.now=Date.now()/1e3,this.connected=!0,this.heard=()=>{this.connected=this.following?.connected??!1}}setConfig(e){this.config=e}getCardSize(){return 6}connectedCallback(){super.connectedCallback(),this.timer=setInterval(()=>{this.now=Date.now()/1e3},Ge),this.follow()}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.timer),this.unfollow()}willUpdate(e){(e.has(`hass`)||e.has(`config`))&&this.follow()}shouldUpdate(e){if(e.size!==1||!e.has(`hass`))return!0;let t=e.get(`hass`),n=this.hass;return!t||!n||t.themes!==n.themes||t.locale!==n.locale||t.language!==n.language||t.connection!==n.connection||this.shown().some(e=>t.states[e]!==n.states[e])}shown(){let e=this.place?.entities.mode;return e?[e]:[]}get site(){return Pe(this.place)?this.place:void 0}get text(){return We(this.hass)}get health(){return Le(this.place,this.problem,this.hass?.states??{},this.text,this.now)}name(e){return this.place?.devices.find(t=>t.id===e)?.name??e}money(e){return this.text.money(e,this.site?.currency??``)}absent(){if(!this.site)return R`<ha-card><p class="quiet">${this.health.causes[0]}</p></ha-card>`}offline(){if(this.connected||!this.site)return z;let e=this.text.time(new Date(this.site.at));return R`<p class="notice small" role="status">${this.text.say(`no_connection`,{time:e})}</p>`}follow(){if(!this.isConnected||!this.hass||!this.config)return;let e=`${this.config.entry_id??``} ${this.hass.language}`;(this.listening!==e||this.following!==this.hass.connection)&&(this.unfollow(),this.listening=e,this.following=this.hass.connection,this.connected=this.following.connected,this.following.addEventListener(`ready`,this.heard),this.following.addEventListener(`disconnected`,this.heard),this.leave=Ne(this.following,this.config.entry_id,this.hass.language,e=>{this.place=e.place,this.problem=e.problem,this.now=Date.now()/1e3}))}unfollow(){this.leave?.(),this.leave=this.listening=void 0,this.following?.removeEventListener(`ready`,this.heard),this.following?.removeEventListener(`disconnected`,this.heard),this.following=void 0}};U([De({attribute:!1})],Ke.prototype,`hass`,void 0),U([H()],Ke.prototype,`config`,void 0),U([H()],Ke.prototype,`place`,void 0),U([H()],Ke.prototype,`problem`,void 0),U([H()],Ke.prototype,`now`,void 0),U([H()],Ke.prototype,`connected`,void 0);function qe(e){let t=e=>Je?.maybe(e);return{schema:e,computeLabel:e=>t({entry_id:`site`,back_hours:`back_hours`}[e.name]??e.name),computeHelper:e=>e.name===`entry_id`?t(`site_hint`):void 0}}var Je;function Ye(){let e=document.querySelector(`home-assistant`);return e?.hass&&(Je=We(e.hass)),Je}var Xe={name:`entry_id`,selector:{config_entry:{integration:`energy_orchestrator`}}},Ze={name:`title`,selector:{text:{}}},Qe=`energy_orchestrator`;function $e(e,t,n){return e.callService(`select`,`select_option`,{entity_id:t.entities.mode,option:n})}function et(e,t){return e.callService(Qe,`clear_override`,{override_id:[t.id]})}var tt={battery:[`charge`,`discharge`,`hold`,`self_consumption`],miner:[`run`,`stand`],inverter:[]};function nt(e,t,n,r){let i=e=>(/* @__PURE__ */ new Date(e*1e3)).toISOString(),a=`hours`in r?r:{from:i(r.from),until:i(r.until)},o={device_id:[t.device_id],...a};return t.kind===`miner`?e.callService(Qe,`override_miner`,{...o,run:n===`run`}):e.callService(Qe,`override_battery`,{...o,mode:n})}function rt(e){return e.message??String(e)}var W=o`
  :host {
    --eo-solar: var(--energy-solar-color, #ff9800);
    --eo-load: var(--primary-text-color, #212121);
    --eo-grid: var(--energy-grid-consumption-color, #488fc2);
    --eo-price: var(--energy-grid-consumption-color, #488fc2);
    --eo-worth: var(--energy-grid-return-color, #8353d1);
    --eo-charge: var(--energy-battery-in-color, #f06292);
    --eo-discharge: var(--energy-battery-out-color, #4db6ac);
    --eo-miner: var(--amber-color, #ffb300);
    --eo-quiet: var(--secondary-text-color, #727272);
    --eo-line: var(--divider-color, rgba(127, 127, 127, 0.3));
    display: block;
    height: 100%;
  }
  ha-card {
    box-sizing: border-box;
    height: 100%;
    padding: 16px;
    display: flex;
    flex-direction: column;
    gap: 12px;
    overflow: hidden;
    container-type: inline-size;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 8px;
    flex-wrap: wrap;
  }
  h2,
  h3 {
    margin: 0;
    font-weight: 500;
    color: var(--ha-card-header-color, var(--primary-text-color));
  }
  h2 {
    font-size: 1.25rem;
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  h3 {
    font-size: 0.9rem;
    color: var(--eo-quiet);
    margin-bottom: 4px;
  }
  button,
  select {
    font: inherit;
    font-size: 0.9rem;
    color: var(--primary-text-color);
    background: none;
    border: 1px solid var(--eo-line);
    border-radius: 18px;
    min-height: 36px;
    padding: 4px 14px;
    cursor: pointer;
  }
  select {
    background: var(--card-background-color, #fff);
  }
  button:hover {
    background: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
  }
  button[aria-checked="true"],
  button.strong {
    background: color-mix(in srgb, var(--primary-color) 18%, transparent);
    border-color: var(--primary-color);
    font-weight: 600;
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
    display: flex;
    flex-direction: column;
    gap: 8px;
  }
  p {
    margin: 0;
  }
  /* What is written from left to right keeps its order where the page goes from right to left. */
  p,
  li,
  dd,
  time,
  .text {
    unicode-bidi: plaintext;
    text-align: match-parent;
  }
  .quiet {
    color: var(--eo-quiet);
  }
  .small {
    font-size: 0.85rem;
    line-height: 1.35;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 8px;
    flex-wrap: wrap;
  }
  .grow {
    flex: 1;
    min-width: 0;
  }
  .notice {
    padding: 8px 12px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--warning-color, #ffa600) 15%, transparent);
  }
  .dot {
    width: 12px;
    height: 12px;
    border-radius: 50%;
    flex: none;
    background: var(--success-color, #43a047);
  }
  .dot.look {
    background: var(--warning-color, #ffa600);
    border-radius: 3px;
  }
  .dot.wrong {
    background: var(--error-color, #db4437);
    border-radius: 3px;
    transform: rotate(45deg);
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
`,it=[.5,1,2,4,8,12,24],at={battery:[`target_soc`,`sunrise_soc`,`planned_power`,`reserve`],inverter:[`solar_power`,`load_power`,`grid_power`,`planned_curtailment`],miner:[`hours_today`,`revenue_today`,`revenue_per_kwh`,`planned_hours`]},ot=class extends Ke{constructor(...e){super(...e),this.hours=2}static getConfigForm(){return Ye(),qe([Xe,{name:`device`,required:!0,selector:{device:{integration:`energy_orchestrator`}}}])}static getStubConfig(e){return{device:Object.values(e.devices??{}).find(e=>e.identifiers?.some(([e])=>e===`energy_orchestrator`))?.id??``}}getGridOptions(){return{columns:6,min_columns:3,rows:`auto`}}get device(){let e=this.config?.device;return this.site?.devices.find(t=>[t.id,t.device_id,t.name].includes(e))}shown(){let e=this.device;return e?at[e.kind].flatMap(t=>e.entities[t]??[]):[]}async act(e){this.failed=void 0;try{await e}catch(e){this.failed=this.text.say(`failed`,{problem:rt(e)})}}render(){if(!this.hass||!this.config)return z;let e=this.absent();if(e)return e;let t=this.device,n=this.text;if(!t)return R`<ha-card><p class="quiet">${n.say(`no_device`)}</p></ha-card>`;let r=this.site.decisions.find(e=>e.device===t.id);return R`<ha-card>
      <div class="head">
        <h2>${t.name}</h2>
        <span class="text">${this.state(t)}</span>
      </div>
      ${this.offline()}
      ${t.kind===`battery`?this.renderLevel(t):z}
      ${r?R`<p class="small">
            <span class="what">${r.what}.</span> ${r.why} <span class="quiet">${r.numbers}</span>
            ${r.policies.length?R`<span class="quiet">${n.say(`rules`)}: ${r.policies.join(`; `)}</span>`:z}
          </p>`:z}
      ${this.renderNextRun(t)} ${this.renderFigures(t)} ${this.renderOverride(t)}
      ${this.failed?R`<p class="notice small" role="alert">${this.failed}</p>`:z}
    </ha-card>`}state(e){let t=this.text,{batteries:n,miners:r}=this.site.measured;if(e.kind===`battery`){let{soc:r,power_kw:i}=n[e.id]??{soc:null,power_kw:null},a=i===null||Math.abs(i)<.005?``:t.say(i>0?`discharging`:`charging`);return[t.percent(r),`${a} ${t.kw(i===null?null:Math.abs(i))}`.trim()].join(` · `)}let i=r[e.id];if(e.kind!==`miner`||!i)return``;if(i.units===null)return`–`;let a=e.count??1,o=a>1?t.say(`running`,{units:i.units,count:a}):t.say(i.units>0?`on`:`off`);return i.power_kw===null?o:`${o} · ${t.kw(i.power_kw)}`}renderLevel(e){let t=this.site.measured.batteries[e.id]?.soc??null,n=e.reserve_soc??0;return R`<div class="level" role="img" aria-label=${`${this.text.say(`level`)} ${this.text.percent(t)}, ${this.text.say(`reserve`)} ${this.text.percent(n)}`}>
      <i style="width:${t??0}%" class=${(t??100)<n?`low`:``}></i>
      <b style="inset-inline-start:${n}%" title=${`${this.text.say(`reserve`)} ${this.text.percent(n)}`}></b>
    </div>`}renderNextRun(e){if(e.kind===`inverter`)return z;let t=this.text,n=/* @__PURE__ */ new Date(this.now*1e3),r=this.site.plan?.runs.find(t=>t.id===e.id&&Date.parse(t.end)>n.getTime());if(!r)return R`<p class="quiet small">${t.say(`no_run`)}</p>`;let[i,a]=[new Date(r.start),new Date(r.end)],o=i>n?i:n,s=`${t.when(o,n)} – ${t.when(a,n)}`,c=t.say(`${r.kind}_run`,{span:s,power:t.kw(r.power_kw)});return R`<p class="small"><span class="quiet">${t.say(`next_run`)}:</span> ${c}</p>`}renderFigures(e){let t=this.hass,n=at[e.kind].flatMap(n=>t.states[e.entities[n]??``]??[]);return n.length===0?z:R`<dl>
      ${n.map(n=>{let r=String(n.attributes.friendly_name??n.entity_id);return R`<div>
          <dt>${r.startsWith(`${e.name} `)?r.slice(e.name.length+1):r}</dt>
          <dd>${t.formatEntityState?.(n)??n.state}</dd>
        </div>`})}
      <div>
        <dt>${this.text.say(`writes_today`)}</dt>
        <dd>${e.writes_today??`–`}</dd>
      </div>
    </dl>`}renderOverride(e){let t=this.text;if(tt[e.kind].length===0||!e.device_id)return z;let n=this.site.overrides.find(t=>t.device===e.id&&t.in_force);if(n){let e=t.when(new Date(n.until),/* @__PURE__ */ new Date(this.now*1e3));return R`<section class="row">
        <span class="grow small">${n.what}, ${t.say(`until`,{time:e})}</span>
        <button @click=${()=>this.act(et(this.hass,n))}>${t.say(`end`)}</button>
      </section>`}return R`<section class="row">
      <label class="small quiet"
        >${t.say(`override_for`)}
        <select
          @change=${e=>{this.hours=Number(e.target.value)}}
        >
          ${it.map(e=>R`<option value=${e} ?selected=${e===this.hours}>${t.span(e*3600)}</option>`)}
        </select>
      </label>
      ${tt[e.kind].map(n=>R`<button @click=${()=>this.act(nt(this.hass,e,n,{hours:this.hours}))}>
            ${t.say(n)}
          </button>`)}
    </section>`}static{this.styles=[W,o`
      .what {
        font-weight: 500;
      }
      .level {
        position: relative;
        height: 10px;
        border-radius: 5px;
        background: color-mix(in srgb, var(--primary-text-color) 10%, transparent);
        overflow: hidden;
      }
      .level i {
        position: absolute;
        inset-block: 0;
        inset-inline-start: 0;
        background: var(--eo-discharge);
      }
      .level i.low {
        background: var(--warning-color, #ffa600);
      }
      .level b {
        position: absolute;
        inset-block: 0;
        width: 2px;
        background: var(--primary-text-color);
      }
      dl {
        margin: 0;
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(120px, 1fr));
        gap: 6px 12px;
      }
      dt {
        font-size: 0.8rem;
        color: var(--eo-quiet);
      }
      dd {
        margin: 0;
        font-variant-numeric: tabular-nums;
      }
    `]}};U([H()],ot.prototype,`hours`,void 0),U([H()],ot.prototype,`failed`,void 0),ot=U([we(`energy-orchestrator-device-card`)],ot);var st=[`monitor`,`automatic`,`paused`],ct={good:`all_well`,look:`look_here`,wrong:`wrong`},lt=class extends Ke{constructor(...e){super(...e),this.confirming=!1,this.open=!1}static getConfigForm(){return Ye(),qe([Xe,Ze])}static getStubConfig(){return{}}getGridOptions(){return{columns:12,min_columns:6,rows:`auto`}}get mode(){let e=this.site.entities.mode;return e&&this.hass.states[e]?.state||this.site.mode}async act(e){this.failed=void 0;try{await e}catch(e){this.failed=this.text.say(`failed`,{problem:rt(e)})}}choose(e){e!==this.mode&&(this.confirming=e===`automatic`,this.confirming||this.act($e(this.hass,this.site,e)))}render(){if(!this.hass||!this.config)return z;let e=this.absent();if(e)return e;let t=this.site;return R`<ha-card>
      <div class="head">
        <h2>${this.config.title??t.title}</h2>
        ${this.renderLight()}
      </div>
      ${this.offline()} ${this.renderCauses()} ${this.renderSentence()} ${this.renderFlows()} ${this.renderMode()}
      ${this.failed?R`<p class="notice small" role="alert">${this.failed}</p>`:z}
      ${this.renderOverrides()} ${this.renderNext()}
    </ha-card>`}renderLight(){let{light:e,causes:t}=this.health,n=R`<span class="dot ${e}"></span>${this.text.say(ct[e])}`;return t.length===0?R`<span class="row small light">${n}</span>`:R`<button
          class="row small light"
          aria-expanded=${this.open}
          @click=${()=>{this.open=!this.open}}
        >
          ${n}
        </button>`}renderCauses(){let{causes:e}=this.health;return!this.open||e.length===0?z:R`<ul class="notice small" role="status">
      ${e.map(e=>R`<li>${e}</li>`)}
    </ul>`}renderSentence(){let e=[...this.site.decisions].sort((e,t)=>ut(t)-ut(e))[0];return e?R`<div>
          <p class="sentence">${e.what}. ${e.why}</p>
          <p class="small quiet">${e.numbers}</p>
        </div>`:z}renderFlows(){let e=this.text,{measured:t,devices:n}=this.site,r=(t,n,r)=>t===null||Math.abs(t)<.005?``:e.say(t>0?n:r),i=Object.values(t.batteries),a=Object.values(t.miners).map(e=>e.power_kw).filter(e=>e!==null),o=[{name:`sun`,icon:`mdi:solar-power`,kw:t.solar_kw,color:`--eo-solar`},{name:`house`,icon:`mdi:home`,kw:t.load_kw,color:`--eo-load`},{name:`grid`,icon:`mdi:transmission-tower`,kw:t.grid_kw===null?null:Math.abs(t.grid_kw),more:r(t.grid_kw,`buying`,`selling`),color:`--eo-grid`}];for(let t of i)o.push({name:`battery`,icon:`mdi:battery`,kw:t.power_kw===null?null:Math.abs(t.power_kw),more:[e.percent(t.soc),r(t.power_kw,`discharging`,`charging`)].filter(Boolean).join(`, `),color:(t.power_kw??0)<0?`--eo-charge`:`--eo-discharge`});if(n.some(e=>e.kind===`miner`)){let e=a.length?a.reduce((e,t)=>e+t,0):null;o.push({name:`miners`,icon:`mdi:bitcoin`,kw:e,color:`--eo-miner`})}return R`<dl class="flows">
      ${o.map(t=>R`<div style="--color:var(${t.color})">
            <dt><ha-icon .icon=${t.icon}></ha-icon>${e.say(t.name)}</dt>
            <dd>${e.kw(t.kw)}</dd>
            <dd class="quiet small">${t.more??``}</dd>
          </div>`)}
    </dl>`}renderMode(){let e=this.text,t=this.mode,n=this.site.entities.mode!==void 0;return R`<section>
      <h3 id="mode">${e.say(`mode`)}</h3>
      <div class="row" role="radiogroup" aria-labelledby="mode">
        ${st.map(r=>R`<button role="radio" aria-checked=${r===t} ?disabled=${!n} @click=${()=>this.choose(r)}>
              ${e.say(`mode_${r}`)}
            </button>`)}
      </div>
      ${this.confirming?R`<div class="notice confirm" role="alertdialog" aria-label=${e.say(`confirm_automatic`)}>
            <p class="small">${e.say(`confirm_automatic`)}</p>
            <div class="row">
              <button
                class="strong"
                @click=${()=>{this.confirming=!1,this.act($e(this.hass,this.site,`automatic`))}}
              >
                ${e.say(`turn_on`)}
              </button>
              <button
                @click=${()=>{this.confirming=!1}}
              >
                ${e.say(`cancel`)}
              </button>
            </div>
          </div>`:R`<p class="quiet small says">${e.maybe(`mode_${t}_says`)}</p>`}
    </section>`}renderOverrides(){let{overrides:e}=this.site,t=this.text;return e.length===0?z:R`<section>
      <h3>${t.say(`overrides`)}</h3>
      <ul>
        ${e.map(e=>{let n=Date.parse(e.until)/1e3-this.now,r=/* @__PURE__ */ new Date(this.now*1e3),i=t.when(new Date(e.until),r),a=!e.in_force&&e.from;return R`<li class="row">
        <span class="grow small"
          >${e.what},
          ${a?t.say(`from_until`,{from:t.when(new Date(a),r),until:i}):R`${t.say(`until`,{time:i})}
                <span class="quiet">${t.say(`left`,{span:t.span(n)})}</span>`}
          ${e.said===`by_hand`?R`<span class="quiet">${t.say(`by_hand`)}</span>`:z}</span
        >
        <button
          aria-label=${t.say(`end_of`,{name:this.name(e.device)})}
          @click=${()=>this.act(et(this.hass,e))}
        >
          ${t.say(`end`)}
        </button>
      </li>`})}
      </ul>
    </section>`}renderNext(){let e=this.text,t=/* @__PURE__ */ new Date(this.now*1e3),n=this.site.changes.filter(e=>Date.parse(e.at)/1e3>this.now);return R`<section>
      <h3>${e.say(`next`)}</h3>
      ${n.length===0?R`<p class="quiet small">${e.say(`no_changes`)}</p>`:z}
      <ul>
        ${n.map(n=>R`<li class="small next">
              <time>${e.when(new Date(n.at),t)}</time>
              <span
                ><span class="what">${n.what}.</span> ${n.why}
                <span class="quiet">${n.numbers}</span></span
              >
            </li>`)}
      </ul>
    </section>`}static{this.styles=[W,o`
      .light {
        gap: 6px;
      }
      .sentence {
        font-size: 1.05rem;
        line-height: 1.4;
      }
      .flows {
        margin: 0;
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(96px, 1fr));
        gap: 8px;
      }
      .flows > div {
        border-inline-start: 3px solid var(--color);
        padding-inline-start: 8px;
      }
      .flows dt {
        display: flex;
        gap: 4px;
        align-items: center;
        color: var(--eo-quiet);
        font-size: 0.85rem;
        --mdc-icon-size: 18px;
      }
      .flows dd {
        margin: 0;
        font-variant-numeric: tabular-nums;
      }
      .confirm {
        margin-top: 8px;
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .says {
        margin-top: 6px;
      }
      .what {
        font-weight: 500;
      }
      .next {
        display: grid;
        grid-template-columns: 5.2em 1fr;
        gap: 8px;
      }
      time {
        font-variant-numeric: tabular-nums;
        color: var(--eo-quiet);
      }
    `]}};U([H()],lt.prototype,`confirming`,void 0),U([H()],lt.prototype,`open`,void 0),U([H()],lt.prototype,`failed`,void 0),lt=U([we(`energy-orchestrator-now-card`)],lt);function ut(e){return(e.does===`charge`||e.does===`discharge`||e.does===`run`?1e3:0)+e.power_kw}var dt={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},ft=e=>(...t)=>({_$litDirective$:e,values:t}),pt=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,n){this._$Ct=e,this._$AM=t,this._$Ci=n}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}},mt=`important`,ht=` !`+mt,gt=ft(class extends pt{constructor(e){if(super(e),e.type!==dt.ATTRIBUTE||e.name!==`style`||e.strings?.length>2)throw Error("The `styleMap` directive must be used in the `style` attribute and must be the only part in the attribute.")}render(e){return Object.keys(e).reduce((t,n)=>{let r=e[n];return r==null?t:t+`${n=n.includes(`-`)?n:n.replace(/(?:^(webkit|moz|ms|o)|)(?=[A-Z])/g,`-$&`).toLowerCase()}:${r};`},``)}update(e,[t]){let{style:n}=e.element;if(this.ft===void 0)return this.ft=new Set(Object.keys(t)),this.render(t);for(let e of this.ft)t[e]??(this.ft.delete(e),e.includes(`-`)?n.removeProperty(e):n[e]=null);for(let e in t){let r=t[e];if(r!=null){this.ft.add(e);let t=typeof r==`string`&&r.endsWith(ht);e.includes(`-`)||t?n.setProperty(e,t?r.slice(0,-11):r,t?mt:``):n[e]=r}}return se}}),_t=`.uplot,.uplot *,.uplot :before,.uplot :after{box-sizing:border-box}.uplot{width:min-content;font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,Noto Sans,sans-serif,Apple Color Emoji,Segoe UI Emoji,Segoe UI Symbol,Noto Color Emoji;line-height:1.5}.u-title{text-align:center;font-size:18px;font-weight:700}.u-wrap{-webkit-user-select:none;user-select:none;position:relative}.u-over,.u-under{position:absolute}.u-under{overflow:hidden}.uplot canvas{width:100%;height:100%;display:block;position:relative}.u-axis{position:absolute}.u-legend{text-align:center;margin:auto;font-size:14px}.u-inline{display:block}.u-inline *{display:inline-block}.u-inline tr{margin-right:16px}.u-legend th{font-weight:600}.u-legend th>*{vertical-align:middle;display:inline-block}.u-legend .u-marker{width:1em;height:1em;margin-right:4px;background-clip:padding-box!important}.u-inline.u-live th:after{content:":";vertical-align:middle}.u-inline:not(.u-live) .u-value{display:none}.u-series>*{padding:4px}.u-series th{cursor:pointer}.u-legend .u-off>*{opacity:.3}.u-select{pointer-events:none;background:#00000012;position:absolute}.u-cursor-x,.u-cursor-y{pointer-events:none;will-change:transform;position:absolute;top:0;left:0}.u-hz .u-cursor-x,.u-vt .u-cursor-y{border-right:1px dashed #607d8b;height:100%}.u-hz .u-cursor-y,.u-vt .u-cursor-x{border-bottom:1px dashed #607d8b;width:100%}.u-cursor-pt{pointer-events:none;will-change:transform;border:0 solid;border-radius:50%;position:absolute;top:0;left:0;background-clip:padding-box!important}.u-axis.u-off,.u-select.u-off,.u-cursor-x.u-off,.u-cursor-y.u-off,.u-cursor-pt.u-off{display:none}`,vt=!0,yt=`uplot`,bt=`u-hz`,xt=`u-vt`,St=`u-title`,Ct=`u-wrap`,wt=`u-under`,Tt=`u-over`,Et=`u-axis`,Dt=`u-off`,Ot=`u-select`,kt=`u-cursor-x`,At=`u-cursor-y`,jt=`u-cursor-pt`,Mt=`u-legend`,Nt=`u-live`,Pt=`u-inline`,Ft=`u-series`,It=`u-marker`,Lt=`u-label`,Rt=`u-value`,zt=`width`,Bt=`height`,Vt=`top`,Ht=`bottom`,Ut=`left`,Wt=`right`,Gt=`#000`,Kt=`#0000`,qt=`mousemove`,Jt=`mousedown`,Yt=`mouseup`,Xt=`mouseenter`,Zt=`mouseleave`,Qt=`dblclick`,$t=`resize`,en=`scroll`,tn=`change`,nn=`dppxchange`,rn=`--`,an=typeof window<`u`,on=an?document:null,sn=an?window:null,cn=an?navigator:null,G,ln;function un(){let e=devicePixelRatio;G!=e&&(G=e,ln&&wn(tn,ln,un),ln=matchMedia(`(min-resolution: ${G-.001}dppx) and (max-resolution: ${G+.001}dppx)`),Cn(tn,ln,un),sn.dispatchEvent(new CustomEvent(nn)))}function dn(e,t){if(t!=null){let n=e.classList;!n.contains(t)&&n.add(t)}}function fn(e,t){let n=e.classList;n.contains(t)&&n.remove(t)}function K(e,t,n){e.style[t]=n+`px`}function pn(e,t,n,r){let i=on.createElement(e);return t!=null&&dn(i,t),n?.insertBefore(i,r),i}function mn(e,t){return pn(`div`,e,t)}var hn=/* @__PURE__ */ new WeakMap;function gn(e,t,n,r,i){let a=`translate(`+t+`px,`+n+`px)`;a!=hn.get(e)&&(e.style.transform=a,hn.set(e,a),t<0||n<0||t>r||n>i?dn(e,Dt):fn(e,Dt))}var _n=/* @__PURE__ */ new WeakMap;function vn(e,t,n){let r=t+n;r!=_n.get(e)&&(_n.set(e,r),e.style.background=t,e.style.borderColor=n)}var yn=/* @__PURE__ */ new WeakMap;function bn(e,t,n,r){let i=t+``+n;i!=yn.get(e)&&(yn.set(e,i),e.style.height=n+`px`,e.style.width=t+`px`,e.style.marginLeft=r?-t/2+`px`:0,e.style.marginTop=r?-n/2+`px`:0)}var xn={passive:!0},Sn={...xn,capture:!0};function Cn(e,t,n,r){t.addEventListener(e,n,r?Sn:xn)}function wn(e,t,n,r){t.removeEventListener(e,n,xn)}an&&un();function Tn(e,t,n,r){let i;n||=0,r||=t.length-1;let a=r<=2147483647;for(;r-n>1;)i=a?n+r>>1:Kn((n+r)/2),t[i]<e?n=i:r=i;return e-t[n]<=t[r]-e?n:r}function En(e){return(t,n,r)=>{let i=-1,a=-1;for(let a=n;a<=r;a++)if(e(t[a])){i=a;break}for(let i=r;i>=n;i--)if(e(t[i])){a=i;break}return[i,a]}}var Dn=e=>e!=null,On=e=>e!=null&&e>0,kn=En(Dn),An=En(On);function jn(e,t,n,r=0,i=!1){let a=i?An:kn,o=i?On:Dn;[t,n]=a(e,t,n);let s=e[t],c=e[t];if(t>-1){if(r==1)s=e[t],c=e[n];else if(r==-1)s=e[n],c=e[t];else for(let r=t;r<=n;r++){let t=e[r];o(t)&&(t<s?s=t:t>c&&(c=t))}}return[s??rr,c??-rr]}function Mn(e,t,n,r){let i=Qn(e),a=Qn(t);e==t&&(i==-1?(e*=n,t/=n):(e/=n,t*=n));let o=n==10?$n:er,s=i==1?Kn:Jn,c=a==1?Jn:Kn,l=s(o(Gn(e))),u=c(o(Gn(t))),d=Zn(n,l),f=Zn(n,u);return n==10&&(l<0&&(d=Y(d,-l)),u<0&&(f=Y(f,-u))),r||n==2?(e=d*i,t=f*a):(e=_r(e,d),t=gr(t,f)),[e,t]}function Nn(e,t,n,r){let i=Mn(e,t,n,r);return e==0&&(i[0]=0),t==0&&(i[1]=0),i}var Pn=.1,Fn={mode:3,pad:Pn},In={pad:0,soft:null,mode:0},Ln={min:In,max:In};function Rn(e,t,n,r){return Or(n)?Bn(e,t,n):(In.pad=n,In.soft=r?0:null,In.mode=r?3:0,Bn(e,t,Ln))}function q(e,t){return e??t}function zn(e,t,n){for(t=q(t,0),n=q(n,e.length-1);t<=n;){if(e[t]!=null)return!0;t++}return!1}function Bn(e,t,n){let r=n.min,i=n.max,a=q(r.pad,0),o=q(i.pad,0),s=q(r.hard,-rr),c=q(i.hard,rr),l=q(r.soft,rr),u=q(i.soft,-rr),d=q(r.mode,0),f=q(i.mode,0),p=t-e,m=$n(p),h=Xn(Gn(e),Gn(t)),g=Gn($n(h)-m);(p<1e-24||g>10)&&(p=0,(e==0||t==0)&&(p=1e-24,d==2&&l!=rr&&(a=0),f==2&&u!=-rr&&(o=0)));let _=p||h||1e3,v=Zn(10,Kn($n(_))),y=Y(_r(e-_*(p==0?e==0?.1:1:a),v/10),24),b=e>=l&&(d==1||d==3&&y<=l||d==2&&y>=l)?l:rr,x=Xn(s,y<b&&e>=b?b:Yn(b,y)),S=Y(gr(t+_*(p==0?t==0?.1:1:o),v/10),24),C=t<=u&&(f==1||f==3&&S>=u||f==2&&S<=u)?u:-rr,w=Yn(c,S>C&&t<=C?C:Xn(C,S));return x==w&&x==0&&(w=100),[x,w]}var Vn=new Intl.NumberFormat(an?cn.language:`en-US`),Hn=e=>Vn.format(e),Un=Math,Wn=Un.PI,Gn=Un.abs,Kn=Un.floor,qn=Un.round,Jn=Un.ceil,Yn=Un.min,Xn=Un.max,Zn=Un.pow,Qn=Un.sign,$n=Un.log10,er=Un.log2,tr=(e,t=1)=>Un.sinh(e)*t,nr=(e,t=1)=>Un.asinh(e/t),rr=1/0;function ir(e){return($n((e^e>>31)-(e>>31))|0)+1}function ar(e,t,n){return Yn(Xn(e,t),n)}function or(e){return typeof e==`function`}function J(e){return or(e)?e:()=>e}var sr=()=>{},cr=e=>e,lr=(e,t)=>t,ur=e=>null,dr=e=>!0,fr=(e,t)=>e==t,pr=/\.\d*?(?=9{6,}|0{6,})/gm,mr=e=>{if(Tr(e)||vr.has(e))return e;let t=`${e}`,n=t.match(pr);if(n==null)return e;let r=n[0].length-1;if(t.indexOf(`e-`)!=-1){let[e,n]=t.split(`e`);return+`${mr(e)}e${n}`}return Y(e,r)};function hr(e,t){return mr(Y(mr(e/t))*t)}function gr(e,t){return mr(Jn(mr(e/t))*t)}function _r(e,t){return mr(Kn(mr(e/t))*t)}function Y(e,t=0){if(Tr(e))return e;let n=10**t;return qn(e*n*(1+2**-52))/n}var vr=/* @__PURE__ */ new Map;function yr(e){return((``+e).split(`.`)[1]||``).length}function br(e,t,n,r){let i=[],a=r.map(yr);for(let o=t;o<n;o++){let t=Gn(o),n=Y(Zn(e,o),t);for(let s=0;s<r.length;s++){let c=e==10?+`${r[s]}e${o}`:r[s]*n,l=(o>=0?0:t)+(o>=a[s]?0:a[s]),u=e==10?c:Y(c,l);i.push(u),vr.set(u,l)}}return i}var xr={},Sr=[],Cr=[null,null],wr=Array.isArray,Tr=Number.isInteger,Er=e=>e===void 0;function Dr(e){return typeof e==`string`}function Or(e){let t=!1;if(e!=null){let n=e.constructor;t=n==null||n==Object}return t}function kr(e){return typeof e==`object`&&!!e}var Ar=Object.getPrototypeOf(Uint8Array),jr=`__proto__`;function Mr(e,t=Or){let n;if(wr(e)){let r=e.find(e=>e!=null);if(wr(r)||t(r)){n=Array(e.length);for(let r=0;r<e.length;r++)n[r]=Mr(e[r],t)}else n=e.slice()}else if(e instanceof Ar)n=e.slice();else if(t(e)){n={};for(let r in e)r!=jr&&(n[r]=Mr(e[r],t))}else n=e;return n}function Nr(e){let t=arguments;for(let n=1;n<t.length;n++){let r=t[n];for(let t in r)t!=jr&&(Or(e[t])?Nr(e[t],Mr(r[t])):e[t]=Mr(r[t]))}return e}var X=0,Z=1,Pr=2;function Fr(e,t,n){for(let r=0,i,a=-1;r<t.length;r++){let o=t[r];if(o>a){for(i=o-1;i>=0&&e[i]==null;)e[i--]=null;for(i=o+1;i<n&&e[i]==null;)e[a=i++]=null}}}function Ir(e,t){if(Q(e)){let t=e[0].slice();for(let n=1;n<e.length;n++)t.push(...e[n].slice(1));return zr(t[0])||(t=Rr(t)),t}let n=/* @__PURE__ */ new Set;for(let t=0;t<e.length;t++){let r=e[t][0],i=r.length;for(let e=0;e<i;e++)n.add(r[e])}let r=[Array.from(n).sort((e,t)=>e-t)],i=r[0].length,a=/* @__PURE__ */ new Map;for(let e=0;e<i;e++)a.set(r[0][e],e);for(let n=0;n<e.length;n++){let o=e[n],s=o[0];for(let e=1;e<o.length;e++){let c=o[e],l=Array(i).fill(void 0),u=t?t[n][e]:Z,d=[];for(let e=0;e<c.length;e++){let t=c[e],n=a.get(s[e]);t===null?u!=X&&(l[n]=t,u==Pr&&d.push(n)):l[n]=t}Fr(l,d,i),r.push(l)}}return r}var Lr=typeof queueMicrotask>`u`?e=>Promise.resolve().then(e):queueMicrotask;function Rr(e){let t=e[0],n=t.length,r=Array(n);for(let e=0;e<r.length;e++)r[e]=e;r.sort((e,n)=>t[e]-t[n]);let i=[];for(let t=0;t<e.length;t++){let a=e[t],o=Array(n);for(let e=0;e<n;e++)o[e]=a[r[e]];i.push(o)}return i}function Q(e){let t=e[0][0],n=t.length;for(let r=1;r<e.length;r++){let i=e[r][0];if(i.length!=n)return!1;if(i!=t){for(let e=0;e<n;e++)if(i[e]!=t[e])return!1}}return!0}function zr(e,t=100){let n=e.length;if(n<=1)return!0;let r=0,i=n-1;for(;r<=i&&e[r]==null;)r++;for(;i>=r&&e[i]==null;)i--;if(i<=r)return!0;let a=Xn(1,Kn((i-r+1)/t));for(let t=e[r],n=r+a;n<=i;n+=a){let r=e[n];if(r!=null){if(r<=t)return!1;t=r}}return!0}var Br=[`January`,`February`,`March`,`April`,`May`,`June`,`July`,`August`,`September`,`October`,`November`,`December`],Vr=[`Sunday`,`Monday`,`Tuesday`,`Wednesday`,`Thursday`,`Friday`,`Saturday`];function Hr(e){return e.slice(0,3)}var Ur=Vr.map(Hr),Wr={MMMM:Br,MMM:Br.map(Hr),WWWW:Vr,WWW:Ur};function Gr(e){return(e<10?`0`:``)+e}function Kr(e){return(e<10?`00`:e<100?`0`:``)+e}var qr={YYYY:e=>e.getFullYear(),YY:e=>(e.getFullYear()+``).slice(2),MMMM:(e,t)=>t.MMMM[e.getMonth()],MMM:(e,t)=>t.MMM[e.getMonth()],MM:e=>Gr(e.getMonth()+1),M:e=>e.getMonth()+1,DD:e=>Gr(e.getDate()),D:e=>e.getDate(),WWWW:(e,t)=>t.WWWW[e.getDay()],WWW:(e,t)=>t.WWW[e.getDay()],HH:e=>Gr(e.getHours()),H:e=>e.getHours(),h:e=>{let t=e.getHours();return t==0?12:t>12?t-12:t},AA:e=>e.getHours()>=12?`PM`:`AM`,aa:e=>e.getHours()>=12?`pm`:`am`,a:e=>e.getHours()>=12?`p`:`a`,mm:e=>Gr(e.getMinutes()),m:e=>e.getMinutes(),ss:e=>Gr(e.getSeconds()),s:e=>e.getSeconds(),fff:e=>Kr(e.getMilliseconds())};function Jr(e,t){t||=Wr;let n=[],r=/\{([a-z]+)\}|[^{]+/gi,i;for(;i=r.exec(e);)n.push(i[0][0]==`{`?qr[i[1]]:i[0]);return e=>{let r=``;for(let i=0;i<n.length;i++)r+=typeof n[i]==`string`?n[i]:n[i](e,t);return r}}var Yr=new Intl.DateTimeFormat().resolvedOptions().timeZone;function Xr(e,t){let n;return t==`UTC`||t==`Etc/UTC`?n=/* @__PURE__ */ new Date(+e+e.getTimezoneOffset()*6e4):t==Yr?n=e:(n=new Date(e.toLocaleString(`en-US`,{timeZone:t})),n.setMilliseconds(e.getMilliseconds())),n}var Zr=e=>e%1==0,Qr=[1,2,2.5,5],$r=br(10,-32,0,Qr),ei=br(10,0,32,Qr),ti=ei.filter(Zr),ni=$r.concat(ei),ri=`
`,ii=`{YYYY}`,ai=ri+ii,oi=`{M}/{D}`,si=ri+oi,ci=si+`/{YY}`,li=`{aa}`,ui=`{h}:{mm}`+li,di=ri+ui,fi=`:{ss}`,$=null;function pi(e){let t=e*1e3,n=t*60,r=n*60,i=r*24,a=i*30,o=i*365,s=(e==1?br(10,0,3,Qr).filter(Zr):br(10,-3,0,Qr)).concat([t,t*5,t*10,t*15,t*30,n,n*5,n*10,n*15,n*30,r,r*2,r*3,r*4,r*6,r*8,r*12,i,i*2,i*3,i*4,i*5,i*6,i*7,i*8,i*9,i*10,i*15,a,a*2,a*3,a*4,a*6,o,o*2,o*5,o*10,o*25,o*50,o*100]),c=[[o,ii,$,$,$,$,$,$,1],[i*28,`{MMM}`,ai,$,$,$,$,$,1],[i,oi,ai,$,$,$,$,$,1],[r,`{h}`+li,ci,$,si,$,$,$,1],[n,ui,ci,$,si,$,$,$,1],[t,fi,ci+` `+ui,$,si+` `+ui,$,di,$,1],[e,fi+`.{fff}`,ci+` `+ui,$,si+` `+ui,$,di,$,1]];function l(t){return(s,c,l,u,d,f)=>{let p=[],m=d>=o,h=d>=a&&d<o,g=t(l),_=Y(g*e,3),v=Ci(g.getFullYear(),m?0:g.getMonth(),h||m?1:g.getDate()),y=Y(v*e,3);if(h||m){let n=h?d/a:0,r=m?d/o:0,i=_==y?_:Y(Ci(v.getFullYear()+r,v.getMonth()+n,1)*e,3),s=new Date(qn(i/e)),c=s.getFullYear(),l=s.getMonth();for(let a=0;i<=u;a++){let o=Ci(c+r*a,l+n*a,1),s=o-t(Y(o*e,3));i=Y((+o+s)*e,3),i<=u&&p.push(i)}}else{let a=d>=i?i:d,o=y+(Kn(l)-Kn(_))+gr(_-y,a);p.push(o);let m=t(o),h=m.getHours()+m.getMinutes()/n+m.getSeconds()/r,g=d/r,v=f/s.axes[c]._space;for(;o=Y(o+d,e==1?0:3),!(o>u);)if(g>1){let e=Kn(Y(h+g,6))%24,n=t(o).getHours()-e;n>1&&(n=-1),o-=n*r,h=(h+g)%24;let i=p[p.length-1];Y((o-i)/d,3)*v>=.7&&p.push(o)}else p.push(o)}return p}}return[s,c,l]}var[mi,hi,gi]=pi(1),[_i,vi,yi]=pi(.001);br(2,-53,53,[1]);function bi(e,t){return e.map(e=>e.map((n,r)=>r==0||r==8||n==null?n:t(r==1||e[8]==0?n:e[1]+n)))}function xi(e,t){return(n,r,i,a,o)=>{let s=t.find(e=>o>=e[0])||t[t.length-1],c,l,u,d,f,p;return r.map(t=>{let n=e(t),r=n.getFullYear(),i=n.getMonth(),a=n.getDate(),o=n.getHours(),m=n.getMinutes(),h=n.getSeconds(),g=r!=c&&s[2]||i!=l&&s[3]||a!=u&&s[4]||o!=d&&s[5]||m!=f&&s[6]||h!=p&&s[7]||s[1];return c=r,l=i,u=a,d=o,f=m,p=h,g(n)})}}function Si(e,t){let n=Jr(t);return(t,r,i,a,o)=>r.map(t=>n(e(t)))}function Ci(e,t,n){return new Date(e,t,n)}function wi(e,t){return t(e)}var Ti=`{YYYY}-{MM}-{DD} {h}:{mm}{aa}`;function Ei(e,t){return(n,r,i,a)=>a==null?rn:t(e(r))}function Di(e,t){let n=e.series[t];return n.width?n.stroke(e,t):n.points.width?n.points.stroke(e,t):null}function Oi(e,t){return e.series[t].fill(e,t)}var ki={show:!0,live:!0,isolate:!1,mount:sr,markers:{show:!0,width:2,stroke:Di,fill:Oi,dash:`solid`},idx:null,idxs:null,values:[]};function Ai(e,t){let n=e.cursor.points,r=mn(),i=n.size(e,t);K(r,zt,i),K(r,Bt,i);let a=i/-2;K(r,`marginLeft`,a),K(r,`marginTop`,a);let o=n.width(e,t,i);return o&&K(r,`borderWidth`,o),r}function ji(e,t){let n=e.series[t].points;return n._fill||n._stroke}function Mi(e,t){let n=e.series[t].points;return n._stroke||n._fill}function Ni(e,t){return e.series[t].points.size}var Pi=[0,0];function Fi(e,t,n){return Pi[0]=t,Pi[1]=n,Pi}function Ii(e,t,n,r=!0){return e=>{e.button!=0||r&&e.target!=t||n(e)}}function Li(e,t,n,r=!0){return e=>{r&&e.target!=t||n(e)}}var Ri={show:!0,x:!0,y:!0,lock:!1,move:Fi,points:{one:!1,show:Ai,size:Ni,width:0,stroke:Mi,fill:ji},bind:{mousedown:Ii,mouseup:Ii,click:Ii,dblclick:Ii,mousemove:Li,mouseleave:Li,mouseenter:Li},drag:{setScale:!0,x:!0,y:!1,dist:0,uni:null,click:(e,t)=>{t.stopPropagation(),t.stopImmediatePropagation()},_x:!1,_y:!1},focus:{dist:(e,t,n,r,i)=>r-i,prox:-1,bias:0},hover:{skip:[void 0],prox:null,bias:0},left:-10,top:-10,idx:null,dataIdx:null,idxs:null,event:null},zi={show:!0,stroke:`rgba(0,0,0,0.07)`,width:2},Bi=Nr({},zi,{filter:lr}),Vi=Nr({},Bi,{size:10}),Hi=Nr({},zi,{show:!1}),Ui=`12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"`,Wi=`bold `+Ui,Gi=1.5,Ki={show:!0,scale:`x`,stroke:Gt,space:50,gap:5,alignTo:1,size:50,labelGap:0,labelSize:30,labelFont:Wi,side:2,grid:Bi,ticks:Vi,border:Hi,font:Ui,lineGap:Gi,rotate:0},qi=`Value`,Ji=`Time`,Yi={show:!0,scale:`x`,auto:!1,sorted:1,min:rr,max:-1/0,idxs:[]};function Xi(e,t,n,r,i){return t.map(e=>e==null?``:Hn(e))}function Zi(e,t,n,r,i,a,o){let s=[],c=vr.get(i)||0;n=o?n:Y(gr(n,i),c);for(let e=n;e<=r;e=Y(e+i,c))s.push(Object.is(e,-0)?0:e);return s}function Qi(e,t,n,r,i,a,o){let s=[],c=e.scales[e.axes[t].scale].log;i=Zn(c,Kn((c==10?$n:er)(n))),c==10&&(i=ni[Tn(i,ni)]);let l=n,u=i*c;c==10&&(u=ni[Tn(u,ni)]);do s.push(l),l+=i,c==10&&!vr.has(l)&&(l=Y(l,vr.get(i))),l>=u&&(i=l,u=i*c,c==10&&(u=ni[Tn(u,ni)]));while(l<=r);return s}function $i(e,t,n,r,i,a,o){let s=e.scales[e.axes[t].scale].asinh,c=r>s?Qi(e,t,Xn(s,n),r,i):[s],l=r>=0&&n<=0?[0]:[];return(n<-s?Qi(e,t,Xn(s,-r),-n,i):[s]).reverse().map(e=>-e).concat(l,c)}var ea=/./,ta=/[12357]/,na=/[125]/,ra=/1/,ia=(e,t,n,r)=>e.map((e,i)=>t==4&&e==0||i%r==0&&n.test(e.toExponential()[+(e<0)])?e:null);function aa(e,t,n,r,i){let a=e.axes[n],o=a.scale,s=e.scales[o],c=e.valToPos,l=a._space,u=c(10,o),d=c(9,o)-u>=l?ea:c(7,o)-u>=l?ta:c(5,o)-u>=l?na:ra;if(d==ra){let e=Gn(c(1,o)-u);if(e<l)return ia(t.slice().reverse(),s.distr,d,Jn(l/e)).reverse()}return ia(t,s.distr,d,1)}function oa(e,t,n,r,i){let a=e.axes[n],o=a.scale,s=a._space,c=e.valToPos,l=Gn(c(1,o)-c(2,o));return l<s?ia(t.slice().reverse(),3,ea,Jn(s/l)).reverse():t}function sa(e,t,n,r){return r==null?rn:t==null?``:Hn(t)}var ca={show:!0,scale:`y`,stroke:Gt,space:30,gap:5,alignTo:1,size:50,labelGap:0,labelSize:30,labelFont:Wi,side:3,grid:Bi,ticks:Vi,border:Hi,font:Ui,lineGap:Gi,rotate:0};function la(e,t){return Y((3+(e||1)*2)*t,3)}function ua(e,t){let{scale:n,idxs:r}=e.series[0],i=e._data[0],a=e.valToPos(i[r[0]],n,!0),o=Gn(e.valToPos(i[r[1]],n,!0)-a)/(e.series[t].points.space*G);return r[1]-r[0]<=o}var da={scale:null,auto:!0,sorted:0,min:rr,max:-1/0},fa=(e,t,n,r,i)=>i,pa={show:!0,auto:!0,sorted:0,gaps:fa,alpha:1,facets:[Nr({},da,{scale:`x`}),Nr({},da,{scale:`y`})]},ma={scale:`y`,auto:!0,sorted:0,show:!0,spanGaps:!1,gaps:fa,alpha:1,points:{show:ua,filter:null},values:null,min:rr,max:-1/0,idxs:[],path:null,clip:null};function ha(e,t,n,r,i){return n/10}var ga={time:vt,auto:!0,distr:1,log:10,asinh:1,min:null,max:null,dir:1,ori:0},_a=Nr({},ga,{time:!1,ori:1}),va={};function ya(e,t){let n=va[e];return n||(n={key:e,plots:[],sub(e){n.plots.push(e)},unsub(e){n.plots=n.plots.filter(t=>t!=e)},pub(e,t,r,i,a,o,s){for(let c=0;c<n.plots.length;c++)n.plots[c]!=t&&n.plots[c].pub(e,t,r,i,a,o,s)}},e!=null&&(va[e]=n)),n}var ba=1,xa=2;function Sa(e,t,n){let r=e.mode,i=e.series[t],a=r==2?e._data[t]:e._data,o=e.scales,s=e.bbox,c=a[0],l=r==2?a[1]:a[t],u=r==2?o[i.facets[0].scale]:o[e.series[0].scale],d=r==2?o[i.facets[1].scale]:o[i.scale],f=s.left,p=s.top,m=s.width,h=s.height,g=e.valToPosH,_=e.valToPosV;return u.ori==0?n(i,c,l,u,d,g,_,f,p,m,h,ja,Na,Fa,La,za):n(i,c,l,u,d,_,g,p,f,h,m,Ma,Pa,Ia,Ra,Ba)}function Ca(e,t){let n=0,r=0,i=q(e.bands,Sr);for(let e=0;e<i.length;e++){let a=i[e];a.series[0]==t?n=a.dir:a.series[1]==t&&(a.dir==1?r|=1:r|=2)}return[n,r==1?-1:r==2?1:r==3?2:0]}function wa(e,t,n,r,i){let a=e.mode,o=e.series[t],s=a==2?o.facets[1].scale:o.scale,c=e.scales[s];return i==-1?c.min:i==1?c.max:c.distr==3?c.dir==1?c.min:c.max:0}function Ta(e,t,n,r,i,a){return Sa(e,t,(e,t,o,s,c,l,u,d,f,p,m)=>{let h=e.pxRound,g=s.dir*(s.ori==0?1:-1),_=s.ori==0?Na:Pa,v,y;g==1?(v=n,y=r):(v=r,y=n);let b=h(l(t[v],s,p,d)),x=h(u(o[v],c,m,f)),S=h(l(t[y],s,p,d)),C=h(u(a==1?c.max:c.min,c,m,f)),w=new Path2D(i);return _(w,S,C),_(w,b,C),_(w,b,x),w})}function Ea(e,t,n,r,i,a){let o=null;if(e.length>0){o=new Path2D;let s=t==0?Fa:Ia,c=n;for(let t=0;t<e.length;t++){let n=e[t];if(n[1]>n[0]){let e=n[0]-c;e>0&&s(o,c,r,e,r+a),c=n[1]}}let l=n+i-c;l>0&&s(o,c,r-5,l,r+a+10)}return o}function Da(e,t,n){let r=e[e.length-1];r&&r[0]==t?r[1]=n:e.push([t,n])}function Oa(e,t,n,r,i,a,o){let s=[],c=e.length;for(let l=i==1?n:r;l>=n&&l<=r;l+=i)if(t[l]===null){let u=l,d=l;if(i==1)for(;++l<=r&&t[l]===null;)d=l;else for(;--l>=n&&t[l]===null;)d=l;let f=a(e[u]),p=d==u?f:a(e[d]),m=u-i;f=o<=0&&m>=0&&m<c?a(e[m]):f;let h=d+i;p=o>=0&&h>=0&&h<c?a(e[h]):p,p>=f&&s.push([f,p])}return s}function ka(e){return e==0?cr:e==1?qn:t=>hr(t,e)}function Aa(e){let t=e==0?ja:Ma,n=e==0?(e,t,n,r,i,a)=>{e.arcTo(t,n,r,i,a)}:(e,t,n,r,i,a)=>{e.arcTo(n,t,i,r,a)},r=e==0?(e,t,n,r,i)=>{e.rect(t,n,r,i)}:(e,t,n,r,i)=>{e.rect(n,t,i,r)};return(e,i,a,o,s,c=0,l=0)=>{c==0&&l==0?r(e,i,a,o,s):(c=Yn(c,o/2,s/2),l=Yn(l,o/2,s/2),t(e,i+c,a),n(e,i+o,a,i+o,a+s,c),n(e,i+o,a+s,i,a+s,l),n(e,i,a+s,i,a,l),n(e,i,a,i+o,a,c),e.closePath())}}var ja=(e,t,n)=>{e.moveTo(t,n)},Ma=(e,t,n)=>{e.moveTo(n,t)},Na=(e,t,n)=>{e.lineTo(t,n)},Pa=(e,t,n)=>{e.lineTo(n,t)},Fa=Aa(0),Ia=Aa(1),La=(e,t,n,r,i,a)=>{e.arc(t,n,r,i,a)},Ra=(e,t,n,r,i,a)=>{e.arc(n,t,r,i,a)},za=(e,t,n,r,i,a,o)=>{e.bezierCurveTo(t,n,r,i,a,o)},Ba=(e,t,n,r,i,a,o)=>{e.bezierCurveTo(n,t,i,r,o,a)};function Va(e){return(e,t,n,r,i)=>Sa(e,t,(t,a,o,s,c,l,u,d,f,p,m)=>{let{pxRound:h,points:g}=t,_,v;s.ori==0?(_=ja,v=La):(_=Ma,v=Ra);let y=Y(g.width*G,3),b=(g.size-g.width)/2*G,x=Y(b*2,3),S=new Path2D,C=new Path2D,{left:w,top:T,width:E,height:D}=e.bbox;Fa(C,w-x,T-x,E+x*2,D+x*2);let O=e=>{if(o[e]!=null){let t=h(l(a[e],s,p,d)),n=h(u(o[e],c,m,f));_(S,t+b,n),v(S,t,n,b,0,Wn*2)}};if(i)i.forEach(O);else for(let e=n;e<=r;e++)O(e);return{stroke:y>0?S:null,fill:S,clip:C,flags:3}})}function Ha(e){return(t,n,r,i,a,o)=>{r!=i&&(a!=r&&o!=r&&e(t,n,r),a!=i&&o!=i&&e(t,n,i),e(t,n,o))}}var Ua=Ha(Na),Wa=Ha(Pa);function Ga(e){let t=q(e?.alignGaps,0);return(e,n,r,i)=>Sa(e,n,(a,o,s,c,l,u,d,f,p,m,h)=>{[r,i]=kn(s,r,i);let g=a.pxRound,_=e=>g(u(e,c,m,f)),v=e=>g(d(e,l,h,p)),y,b;c.ori==0?(y=Na,b=Ua):(y=Pa,b=Wa);let x=c.dir*(c.ori==0?1:-1),S={stroke:new Path2D,fill:null,clip:null,band:null,gaps:null,flags:ba},C=S.stroke,w=!1;if(i-r>=m*4){let t=t=>e.posToVal(t,c.key,!0),n=null,a=null,l,u,d,f=_(o[x==1?r:i]),p=_(o[r]),m=_(o[i]),h=t(x==1?p+1:m-1);for(let e=x==1?r:i;e>=r&&e<=i;e+=x){let r=o[e],i=(x==1?r<h:r>h)?f:_(r),c=s[e];i==f?c==null?c===null&&(w=!0):(u=c,n==null?(y(C,i,v(u)),l=n=a=u):u<n?n=u:u>a&&(a=u)):(n!=null&&b(C,f,v(n),v(a),v(l),v(u)),c==null?(n=a=null,c===null&&(w=!0)):(u=c,y(C,i,v(u)),n=a=l=u),f=i,h=t(f+x))}n!=null&&n!=a&&d!=f&&b(C,f,v(n),v(a),v(l),v(u))}else for(let e=x==1?r:i;e>=r&&e<=i;e+=x){let t=s[e];t===null?w=!0:t!=null&&y(C,_(o[e]),v(t))}let[T,E]=Ca(e,n);if(a.fill!=null||T!=0){let t=S.fill=new Path2D(C),s=v(a.fillTo(e,n,a.min,a.max,T)),c=_(o[r]),l=_(o[i]);x==-1&&([l,c]=[c,l]),y(t,l,s),y(t,c,s)}if(!a.spanGaps){let l=[];w&&l.push(...Oa(o,s,r,i,x,_,t)),S.gaps=l=a.gaps(e,n,r,i,l),S.clip=Ea(l,c.ori,f,p,m,h)}return E!=0&&(S.band=E==2?[Ta(e,n,r,i,C,-1),Ta(e,n,r,i,C,1)]:Ta(e,n,r,i,C,E)),S})}function Ka(e){let t=q(e.align,1),n=q(e.ascDesc,!1),r=q(e.alignGaps,0),i=q(e.extend,!1);return(e,a,o,s)=>Sa(e,a,(c,l,u,d,f,p,m,h,g,_,v)=>{[o,s]=kn(u,o,s);let y=c.pxRound,{left:b,width:x}=e.bbox,S=e=>y(p(e,d,_,h)),C=e=>y(m(e,f,v,g)),w=d.ori==0?Na:Pa,T={stroke:new Path2D,fill:null,clip:null,band:null,gaps:null,flags:ba},E=T.stroke,D=d.dir*(d.ori==0?1:-1),O=C(u[D==1?o:s]),k=S(l[D==1?o:s]),ee=k,A=k;i&&t==-1&&(A=b,w(E,A,O)),w(E,k,O);for(let e=D==1?o:s;e>=o&&e<=s;e+=D){let n=u[e];if(n==null)continue;let r=S(l[e]),i=C(n);t==1?w(E,r,O):w(E,ee,i),w(E,r,i),O=i,ee=r}let j=ee;i&&t==1&&(j=b+x,w(E,j,O));let[te,ne]=Ca(e,a);if(c.fill!=null||te!=0){let t=T.fill=new Path2D(E),n=C(c.fillTo(e,a,c.min,c.max,te));w(t,j,n),w(t,A,n)}if(!c.spanGaps){let i=[];i.push(...Oa(l,u,o,s,D,S,r));let f=c.width*G/2,p=n||t==1?f:-f,m=n||t==-1?-f:f;i.forEach(e=>{e[0]+=p,e[1]+=m}),T.gaps=i=c.gaps(e,a,o,s,i),T.clip=Ea(i,d.ori,h,g,_,v)}return ne!=0&&(T.band=ne==2?[Ta(e,a,o,s,E,-1),Ta(e,a,o,s,E,1)]:Ta(e,a,o,s,E,ne)),T})}function qa(e,t,n,r,i,a,o=rr){if(e.length>1){let s=null;for(let c=0,l=1/0;c<e.length;c++)if(t[c]!==void 0){if(s!=null){let t=Gn(e[c]-e[s]);t<l&&(l=t,o=Gn(n(e[c],r,i,a)-n(e[s],r,i,a)))}s=c}}return o}function Ja(e){e||=xr;let t=q(e.size,[.6,rr,1]),n=e.align||0,r=e.gap||0,i=e.radius;i=i==null?[0,0]:typeof i==`number`?[i,0]:i;let a=J(i),o=1-t[0],s=q(t[1],rr),c=q(t[2],1),l=q(e.disp,xr),u=q(e.each,e=>{}),{fill:d,stroke:f}=l;return(e,t,i,p)=>Sa(e,t,(m,h,g,_,v,y,b,x,S,C,w)=>{let T=m.pxRound,E=n,D=r*G,O=s*G,k=c*G,ee,A;_.ori==0?[ee,A]=a(e,t):[A,ee]=a(e,t);let j=_.dir*(_.ori==0?1:-1),te=_.ori==0?Fa:Ia,ne=_.ori==0?u:(e,t,n,r,i,a,o)=>{u(e,t,n,i,r,o,a)},re=q(e.bands,Sr).find(e=>e.series[0]==t),ie=re==null?0:re.dir,ae=m.fillTo(e,t,m.min,m.max,ie),M=T(b(ae,v,w,S)),N,P,F,I=C,L=T(m.width*G),oe=!1,R=null,se=null,z=null,ce=null;d!=null&&(L==0||f!=null)&&(oe=!0,R=d.values(e,t,i,p),se=/* @__PURE__ */ new Map,new Set(R).forEach(e=>{e!=null&&se.set(e,new Path2D)}),L>0&&(z=f.values(e,t,i,p),ce=/* @__PURE__ */ new Map,new Set(z).forEach(e=>{e!=null&&ce.set(e,new Path2D)})));let{x0:le,size:ue}=l;if(le!=null&&ue!=null){E=1,h=le.values(e,t,i,p),le.unit==2&&(h=h.map(t=>e.posToVal(x+t*C,_.key,!0)));let n=ue.values(e,t,i,p);P=ue.unit==2?n[0]*C:y(n[0],_,C,x)-y(0,_,C,x),I=qa(h,g,y,_,C,x,I),F=I-P+D}else I=qa(h,g,y,_,C,x,I),F=I*o+D,P=I-F;F<1&&(F=0),L>=P/2&&(L=0),F<5&&(T=cr);let de=F>0,fe=I-F-(de?L:0);P=T(ar(fe,k,O)),N=(E==0?P/2:E==j?0:P)-E*j*((E==0?D/2:0)+(de?L/2:0));let pe={stroke:null,fill:null,clip:null,band:null,gaps:null,flags:0},me=oe?null:new Path2D,he=null;if(re!=null)he=e.data[re.series[1]];else{let{y0:n,y1:r}=l;n!=null&&r!=null&&(g=r.values(e,t,i,p),he=n.values(e,t,i,p))}let ge=ee*P,_e=A*P;for(let n=j==1?i:p;n>=i&&n<=p;n+=j){let r=g[n];if(r==null)continue;if(he!=null){let e=he[n]??0;if(r-e==0)continue;M=b(e,v,w,S)}let i=y(_.distr!=2||l!=null?h[n]:n,_,C,x),a=b(q(r,ae),v,w,S),o=T(i-N),s=T(Xn(a,M)),c=T(Yn(a,M)),u=s-c;if(r!=null){let i=r<0?_e:ge,a=r<0?ge:_e;oe?(L>0&&z[n]!=null&&te(ce.get(z[n]),o,c+Kn(L/2),P,Xn(0,u-L),i,a),R[n]!=null&&te(se.get(R[n]),o,c+Kn(L/2),P,Xn(0,u-L),i,a)):te(me,o,c+Kn(L/2),P,Xn(0,u-L),i,a),ne(e,t,n,o-L/2,c,P+L,u)}}return L>0?pe.stroke=oe?ce:me:oe||(pe._fill=m.width==0?m._fill:m._stroke??m._fill,pe.width=0),pe.fill=oe?se:me,pe})}function Ya(e,t){let n=q(t?.alignGaps,0);return(t,r,i,a)=>Sa(t,r,(o,s,c,l,u,d,f,p,m,h,g)=>{[i,a]=kn(c,i,a);let _=o.pxRound,v=e=>_(d(e,l,h,p)),y=e=>_(f(e,u,g,m)),b,x,S;l.ori==0?(b=ja,S=Na,x=za):(b=Ma,S=Pa,x=Ba);let C=l.dir*(l.ori==0?1:-1),w=v(s[C==1?i:a]),T=w,E=[],D=[];for(let e=C==1?i:a;e>=i&&e<=a;e+=C)if(c[e]!=null){let t=s[e],n=v(t);E.push(T=n),D.push(y(c[e]))}let O={stroke:e(E,D,b,S,x,_),fill:null,clip:null,band:null,gaps:null,flags:ba},k=O.stroke,[ee,A]=Ca(t,r);if(o.fill!=null||ee!=0){let e=O.fill=new Path2D(k),n=y(o.fillTo(t,r,o.min,o.max,ee));S(e,T,n),S(e,w,n)}if(!o.spanGaps){let e=[];e.push(...Oa(s,c,i,a,C,v,n)),O.gaps=e=o.gaps(t,r,i,a,e),O.clip=Ea(e,l.ori,p,m,h,g)}return A!=0&&(O.band=A==2?[Ta(t,r,i,a,k,-1),Ta(t,r,i,a,k,1)]:Ta(t,r,i,a,k,A)),O})}function Xa(e){return Ya(Za,e)}function Za(e,t,n,r,i,a){let o=e.length;if(o<2)return null;let s=new Path2D;if(n(s,e[0],t[0]),o==2)r(s,e[1],t[1]);else{let n=Array(o),r=Array(o-1),a=Array(o-1),c=Array(o-1);for(let n=0;n<o-1;n++)a[n]=t[n+1]-t[n],c[n]=e[n+1]-e[n],r[n]=a[n]/c[n];n[0]=r[0];for(let e=1;e<o-1;e++)r[e]===0||r[e-1]===0||r[e-1]>0!=r[e]>0?n[e]=0:(n[e]=3*(c[e-1]+c[e])/((2*c[e]+c[e-1])/r[e-1]+(c[e]+2*c[e-1])/r[e]),isFinite(n[e])||(n[e]=0));n[o-1]=r[o-2];for(let r=0;r<o-1;r++)i(s,e[r]+c[r]/3,t[r]+n[r]*c[r]/3,e[r+1]-c[r]/3,t[r+1]-n[r+1]*c[r]/3,e[r+1],t[r+1])}return s}var Qa=/* @__PURE__ */ new Set;function $a(){for(let e of Qa)e.syncRect(!0)}an&&(Cn($t,sn,$a),Cn(en,sn,$a,!0),Cn(nn,sn,()=>{go.pxRatio=G}));var eo=Ga(),to=Va();function no(e,t,n,r){return(r?[e[0],e[1]].concat(e.slice(2)):[e[0]].concat(e.slice(1))).map((e,r)=>io(e,r,t,n))}function ro(e,t){return e.map((e,n)=>n==0?{}:Nr({},t,e))}function io(e,t,n,r){return Nr({},t==0?n:r,e)}function ao(e,t,n){return t==null?Cr:[t,n]}var oo=ao;function so(e,t,n){return t==null?Cr:Rn(t,n,Pn,!0)}function co(e,t,n,r){return t==null?Cr:Mn(t,n,e.scales[r].log,!1)}var lo=co;function uo(e,t,n,r){return t==null?Cr:Nn(t,n,e.scales[r].log,!1)}var fo=uo;function po(e,t,n,r,i){let a=Xn(ir(e),ir(t)),o=t-e,s=Tn(i/r*o,n);do{let e=n[s],t=r*e/o;if(t>=i&&a+(e<5?vr.get(e):0)<=17)return[e,t]}while(++s<n.length);return[0,0]}function mo(e){let t,n;return e=e.replace(/(\d+)px/,(e,r)=>(t=qn((n=+r)*G))+`px`),[e,t,n]}function ho(e){e.show&&[e.font,e.labelFont].forEach(e=>{let t=Y(e[2]*G,1);e[0]=e[0].replace(/[0-9.]+px/,t+`px`),e[1]=t})}function go(e,t,n){let r={mode:q(e.mode,1)},i=r.mode;function a(e,t,n,r){let i=t.valToPct(e);return r+n*(t.dir==-1?1-i:i)}function o(e,t,n,r){let i=t.valToPct(e);return r+n*(t.dir==-1?i:1-i)}function s(e,t,n,r){return t.ori==0?a(e,t,n,r):o(e,t,n,r)}r.valToPosH=a,r.valToPosV=o;let c=!1;r.status=0;let l=r.root=mn(yt);if(e.id!=null&&(l.id=e.id),dn(l,e.class),e.title){let t=mn(St,l);t.textContent=e.title}let u=pn(`canvas`),d=r.ctx=u.getContext(`2d`),f=mn(Ct,l);Cn(`click`,f,e=>{e.target===m&&(X!=br||Z!=Tr)&&Fr.click(r,e)},!0);let p=r.under=mn(wt,f);f.appendChild(u);let m=r.over=mn(Tt,f);e=Mr(e);let h=+q(e.pxAlign,1),g=ka(h);(e.plugins||[]).forEach(t=>{t.opts&&(e=t.opts(r,e)||e)});let _=e.ms||.001,v=r.series=i==1?no(e.series||[],Yi,ma,!1):ro(e.series||[null],pa),y=r.axes=no(e.axes||[],Ki,ca,!0),b=r.scales={},x=r.bands=e.bands||[];x.forEach(e=>{e.fill=J(e.fill||null),e.dir=q(e.dir,-1)});let S=i==2?v[1].facets[0].scale:v[0].scale,C={axes:In,series:un},w=(e.drawOrder||[`axes`,`series`]).map(e=>C[e]);function T(e){let t=e.distr==3?t=>$n(t>0?t:e.clamp(r,t,e.min,e.max,e.key)):e.distr==4?t=>nr(t,e.asinh):e.distr==100?t=>e.fwd(t):e=>e;return n=>{let r=t(n),{_min:i,_max:a}=e,o=a-i;return(r-i)/o}}function E(t){let n=b[t];if(n==null){let r=(e.scales||xr)[t]||xr;if(r.from!=null){E(r.from);let e=Nr({},b[r.from],r,{key:t});e.valToPct=T(e),b[t]=e}else{n=b[t]=Nr({},t==S?ga:_a,r),n.key=t;let e=n.time,a=n.range,o=wr(a);if((t!=S||i==2&&!e)&&(o&&(a[0]==null||a[1]==null)&&(a={min:a[0]==null?Fn:{mode:1,hard:a[0],soft:a[0]},max:a[1]==null?Fn:{mode:1,hard:a[1],soft:a[1]}},o=!1),!o&&Or(a))){let e=a;a=(t,n,r)=>n==null?Cr:Rn(n,r,e)}n.range=J(a||(e?oo:t==S?n.distr==3?lo:n.distr==4?fo:ao:n.distr==3?co:n.distr==4?uo:so)),n.auto=J(!o&&n.auto),n.clamp=J(n.clamp||ha),n._min=n._max=null,n.valToPct=T(n)}}}E(`x`),E(`y`),i==1&&v.forEach(e=>{E(e.scale)}),y.forEach(e=>{E(e.scale)});for(let t in e.scales)E(t);let D=b[S],O=D.distr,k,ee;D.ori==0?(dn(l,bt),k=a,ee=o):(dn(l,xt),k=o,ee=a);let A={};for(let e in b){let t=b[e];(t.min!=null||t.max!=null)&&(A[e]={min:t.min,max:t.max},t.min=t.max=null)}let j=e.tzDate||(e=>new Date(qn(e/_))),te=e.fmtDate||Jr,ne=_==1?gi(j):yi(j),re=xi(j,bi(_==1?hi:vi,te)),ie=Ei(j,wi(Ti,te)),ae=[],M=r.legend=Nr({},ki,e.legend),N=r.cursor=Nr({},Ri,{drag:{y:i==2}},e.cursor),P=M.show,F=N.show,I=M.markers;M.idxs=ae,I.width=J(I.width),I.dash=J(I.dash),I.stroke=J(I.stroke),I.fill=J(I.fill);let L,oe,R,se=[],z=[],ce,le=!1,ue={};if(M.live){let e=v[1]?v[1].values:null;le=e!=null,ce=le?e(r,1,0):{_:0};for(let e in ce)ue[e]=rn}if(P){if(L=pn(`table`,Mt,l),R=pn(`tbody`,null,L),M.mount(r,L),le){oe=pn(`thead`,null,L,R);let e=pn(`tr`,null,oe);for(var de in pn(`th`,null,e),ce)pn(`th`,Lt,e).textContent=de}else dn(L,Pt),M.live&&dn(L,Nt)}let fe={show:!0},pe={show:!1};function me(e,t){if(t==0&&(le||!M.live||i==2))return Cr;let n=[],a=pn(`tr`,Ft,R,R.childNodes[t]);dn(a,e.class),e.show||dn(a,Dt);let o=pn(`th`,null,a);if(I.show){let e=mn(It,o);if(t>0){let n=I.width(r,t);n&&(e.style.border=n+`px `+I.dash(r,t)+` `+I.stroke(r,t)),e.style.background=I.fill(r,t)}}let s=mn(Lt,o);for(var c in e.label instanceof HTMLElement?s.appendChild(e.label):s.textContent=e.label,t>0&&(I.show||(s.style.color=e.width>0?I.stroke(r,t):I.fill(r,t)),ge(`click`,o,t=>{if(N._lock)return;Ve(t);let n=v.indexOf(e);if((t.ctrlKey||t.metaKey)!=M.isolate){let e=v.some((e,t)=>t>0&&t!=n&&e.show);v.forEach((t,r)=>{r>0&&Ur(r,e?r==n?fe:pe:fe,!0,Wi.setSeries)})}else Ur(n,{show:!e.show},!0,Wi.setSeries)},!1),We&&ge(Xt,o,t=>{N._lock||(Ve(t),Ur(v.indexOf(e),Qr,!0,Wi.setSeries))},!1)),ce){let e=pn(`td`,Rt,a);e.textContent=`--`,n.push(e)}return[a,n]}let he=/* @__PURE__ */ new Map;function ge(e,t,n,i=!0){let a=he.get(t)||{},o=N.bind[e](r,t,n,i);o&&(Cn(e,t,a[e]=o),he.set(t,a))}function _e(e,t,n){let r=he.get(t)||{};for(let n in r)(e==null||n==e)&&(wn(n,t,r[n]),delete r[n]);e??he.delete(t)}let ve=0,ye=0,B=0,V=0,be=0,xe=0,Se=be,Ce=xe,we=B,Te=V,Ee=0,De=0,H=0,Oe=0;r.bbox={};let ke=!1,Ae=!1,je=!1,Me=!1,Ne=!1,Pe=!1;function Fe(e,t,n){(n||e!=r.width||t!=r.height)&&Ie(e,t),Ln(!1),je=!0,Ae=!0,Kn()}function Ie(e,t){r.width=ve=B=e,r.height=ye=V=t,be=xe=0,ze(),Be();let n=r.bbox;Ee=n.left=hr(be*G,.5),De=n.top=hr(xe*G,.5),H=n.width=hr(B*G,.5),Oe=n.height=hr(V*G,.5)}function Le(){let e=!1,t=0;for(;!e;){t++;let n=kn(t),i=An(t);e=t==3||n&&i,e||(Ie(r.width,r.height),Ae=!0)}}function Re({width:e,height:t}){Fe(e,t)}r.setSize=Re;function ze(){let e=!1,t=!1,n=!1,r=!1;y.forEach((i,a)=>{if(i.show&&i._show){let{side:a,_size:o}=i,s=a%2,c=o+(i.label==null?0:i.labelSize);c>0&&(s?(B-=c,a==3?(be+=c,r=!0):n=!0):(V-=c,a==0?(xe+=c,e=!0):t=!0))}}),Qe[0]=e,Qe[1]=n,Qe[2]=t,Qe[3]=r,B-=nt[1]+nt[3],be+=nt[3],V-=nt[2]+nt[0],xe+=nt[0]}function Be(){let e=be+B,t=xe+V,n=be,r=xe;function i(i,a){switch(i){case 1:return e+=a,e-a;case 2:return t+=a,t-a;case 3:return n-=a,n+a;case 0:return r-=a,r+a}}y.forEach((e,t)=>{if(e.show&&e._show){let t=e.side;e._pos=i(t,e._size),e.label!=null&&(e._lpos=i(t,e.labelSize))}})}if(N.dataIdx==null){let e=N.hover,n=e.skip=new Set(e.skip??[]);n.add(void 0);let r=e.prox=J(e.prox),i=e.bias??=0;N.dataIdx=(e,a,o,s)=>{if(a==0)return o;let c=o,l=r(e,a,o,s)??rr,u=l>=0&&l<rr,d=D.ori==0?B:V,f=N.left,p=t[0],m=t[a];if(n.has(m[o])){c=null;let e=null,t=null,r;if(i==0||i==-1)for(r=o;e==null&&r-->0;)n.has(m[r])||(e=r);if(i==0||i==1)for(r=o;t==null&&r++<m.length;)n.has(m[r])||(t=r);if(e!=null||t!=null){if(u){let n=e==null?-1/0:k(p[e],D,d,0),r=t==null?1/0:k(p[t],D,d,0),i=f-n,a=r-f;i<=a?i<=l&&(c=e):a<=l&&(c=t)}else c=t==null?e:e==null?t:o-e<=t-o?e:t}}else u&&Gn(f-k(p[o],D,d,0))>l&&(c=null);return c}}let Ve=e=>{N.event=e};N.idxs=ae,N._lock=!1;let He=N.points;He.show=J(He.show),He.size=J(He.size),He.stroke=J(He.stroke),He.width=J(He.width),He.fill=J(He.fill);let Ue=r.focus=Nr({},e.focus||{alpha:.3},N.focus),We=Ue.prox>=0,U=We&&He.one,Ge=[],Ke=[],qe=[];function Je(e,t){let n=He.show(r,t);if(n instanceof HTMLElement)return dn(n,jt),dn(n,e.class),gn(n,-10,-10,B,V),m.insertBefore(n,Ge[t]),n}function Ye(e,t){if(i==1||t>0){let t=i==1&&b[e.scale].time,n=e.value;e.value=t?Dr(n)?Ei(j,wi(n,te)):n||ie:n||sa,e.label=e.label||(t?Ji:qi)}if(U||t>0){e.width=e.width==null?1:e.width,e.paths=e.paths||eo||ur,e.fillTo=J(e.fillTo||wa),e.pxAlign=+q(e.pxAlign,h),e.pxRound=ka(e.pxAlign),e.stroke=J(e.stroke||null),e.fill=J(e.fill||null),e._stroke=e._fill=e._paths=e._focus=null;let t=la(Xn(1,e.width),1),n=e.points=Nr({},{size:t,width:Xn(1,t*.2),stroke:e.stroke,space:t*2,paths:to,_stroke:null,_fill:null},e.points);n.show=J(n.show),n.filter=J(n.filter),n.fill=J(n.fill),n.stroke=J(n.stroke),n.paths=J(n.paths),n.pxAlign=e.pxAlign}if(P){let n=me(e,t);se.splice(t,0,n[0]),z.splice(t,0,n[1]),M.values.push(null)}if(F){ae.splice(t,0,null);let n=null;U?t==0&&(n=Je(e,t)):t>0&&(n=Je(e,t)),Ge.splice(t,0,n),Ke.splice(t,0,0),qe.splice(t,0,0)}Hi(`addSeries`,t)}function Xe(e,t){t??=v.length,e=i==1?io(e,t,Yi,ma):io(e,t,{},pa),v.splice(t,0,e),Ye(v[t],t)}r.addSeries=Xe;function Ze(e){if(v.splice(e,1),P){M.values.splice(e,1),z.splice(e,1);let t=se.splice(e,1)[0];_e(null,t.firstChild),t.remove()}F&&(ae.splice(e,1),Ge.splice(e,1)[0].remove(),Ke.splice(e,1),qe.splice(e,1)),Hi(`delSeries`,e)}r.delSeries=Ze;let Qe=[!1,!1,!1,!1];function $e(e,t){if(e._show=e.show,e.show){let n=e.side%2,i=b[e.scale];i??=(e.scale=n?v[1].scale:S,b[e.scale]);let a=i.time;e.size=J(e.size),e.space=J(e.space),e.rotate=J(e.rotate),wr(e.incrs)&&e.incrs.forEach(e=>{!vr.has(e)&&vr.set(e,yr(e))}),e.incrs=J(e.incrs||(i.distr==2?ti:a?_==1?mi:_i:ni)),e.splits=J(e.splits||(a&&i.distr==1?ne:i.distr==3?Qi:i.distr==4?$i:Zi)),e.stroke=J(e.stroke),e.grid.stroke=J(e.grid.stroke),e.ticks.stroke=J(e.ticks.stroke),e.border.stroke=J(e.border.stroke);let o=e.values;e.values=wr(o)&&!wr(o[0])?J(o):a?wr(o)?xi(j,bi(o,te)):Dr(o)?Si(j,o):o||re:o||Xi,e.filter=J(e.filter||(i.distr>=3&&i.log==10?aa:i.distr==3&&i.log==2?oa:lr)),e.font=mo(e.font),e.labelFont=mo(e.labelFont),e._size=e.size(r,null,t,0),e._space=e._rotate=e._incrs=e._found=e._splits=e._values=null,e._size>0&&(Qe[t]=!0,e._el=mn(Et,f))}}function et(e,t,n,r){let[i,a,o,s]=n,c=t%2,l=0;return c==0&&(s||a)&&(l=t==0&&!i||t==2&&!o?qn(Ki.size/3):0),c==1&&(i||o)&&(l=t==1&&!a||t==3&&!s?qn(ca.size/2):0),l}let tt=r.padding=(e.padding||[et,et,et,et]).map(e=>J(q(e,et))),nt=r._padding=tt.map((e,t)=>e(r,t,Qe,0)),rt,W=null,it=null,at=i==1?v[0].idxs:null,ot=null,st=!1;function ct(e,n){if(t=e??[],r.data=r._data=t,i==2){rt=0;for(let e=1;e<v.length;e++)rt+=t[e][0].length}else{t.length==0&&(r.data=r._data=t=[[]]),ot=t[0],rt=ot.length;let e=t;if(O==2){e=t.slice();let n=e[0]=Array(rt);for(let e=0;e<rt;e++)n[e]=e}r._data=t=e}if(Ln(!0),Hi(`setData`),O==2&&(je=!0),n!==!1){let e=D;e.auto(r,st)?lt():Hr(S,e.min,e.max),Me||=N.left>=0,Pe=!0,Kn()}}r.setData=ct;function lt(){st=!0;let e,n;i==1&&(rt>0?(W=at[0]=0,it=at[1]=rt-1,e=t[0][W],n=t[0][it],O==2?(e=W,n=it):e==n&&(O==3?[e,n]=Mn(e,e,D.log,!1):O==4?[e,n]=Nn(e,e,D.log,!1):D.time?n=e+qn(86400/_):[e,n]=Rn(e,n,Pn,!0))):(W=at[0]=e=null,it=at[1]=n=null)),Hr(S,e,n)}let ut,dt,ft,pt,mt,ht,gt,_t,vt,Gt;function $t(e,t,n,r,i,a){e??=Kt,n??=Sr,r??=`butt`,i??=Kt,a??=`round`,e!=ut&&(d.strokeStyle=ut=e),i!=dt&&(d.fillStyle=dt=i),t!=ft&&(d.lineWidth=ft=t),a!=mt&&(d.lineJoin=mt=a),r!=ht&&(d.lineCap=ht=r),n!=pt&&d.setLineDash(pt=n)}function en(e,t,n,r){t!=dt&&(d.fillStyle=dt=t),e!=gt&&(d.font=gt=e),n!=_t&&(d.textAlign=_t=n),r!=vt&&(d.textBaseline=vt=r)}function tn(e,t,n,i,a=0){if(i.length>0&&e.auto(r,st)&&(t==null||t.min==null)){let t=q(W,0),r=q(it,i.length-1),o=n.min==null?jn(i,t,r,a,e.distr==3):[n.min,n.max];e.min=Yn(e.min,n.min=o[0]),e.max=Xn(e.max,n.max=o[1])}}let an={min:null,max:null};function cn(){for(let e in b){let t=b[e];A[e]==null&&(t.min==null||A[S]!=null&&t.auto(r,st))&&(A[e]=an)}for(let e in b){let t=b[e];A[e]==null&&t.from!=null&&A[t.from]!=null&&(A[e]=an)}A[S]!=null&&Ln(!0);let e={};for(let t in A){let n=A[t];if(n!=null){let a=e[t]=Mr(b[t],kr);if(n.min!=null)Nr(a,n);else if(t!=S||i==2){if(rt==0&&a.from==null){let e=a.range(r,null,null,t);a.min=e[0],a.max=e[1]}else a.min=rr,a.max=-1/0}}}if(rt>0){v.forEach((n,a)=>{if(i==1){let i=n.scale,o=A[i];if(o==null)return;let s=e[i];if(a==0){let e=s.range(r,s.min,s.max,i);s.min=e[0],s.max=e[1],W=Tn(s.min,t[0]),it=Tn(s.max,t[0]),it-W>1&&(t[0][W]<s.min&&W++,t[0][it]>s.max&&it--),n.min=ot[W],n.max=ot[it]}else n.show&&n.auto&&tn(s,o,n,t[a],n.sorted);n.idxs[0]=W,n.idxs[1]=it}else if(a>0&&n.show&&n.auto){let[r,i]=n.facets,o=r.scale,s=i.scale,[c,l]=t[a],u=e[o],d=e[s];u!=null&&tn(u,A[o],r,c,r.sorted),d!=null&&tn(d,A[s],i,l,i.sorted),n.min=i.min,n.max=i.max}});for(let t in e){let n=e[t],i=A[t];if(n.from==null&&(i==null||i.min==null)){let e=n.range(r,n.min==rr?null:n.min,n.max==-1/0?null:n.max,t);n.min=e[0],n.max=e[1]}}}for(let t in e){let n=e[t];if(n.from!=null){let i=e[n.from];if(i.min==null)n.min=n.max=null;else{let e=n.range(r,i.min,i.max,t);n.min=e[0],n.max=e[1]}}}let n={},a=!1;for(let t in e){let r=e[t],i=b[t];if(i.min!=r.min||i.max!=r.max){i.min=r.min,i.max=r.max;let e=i.distr;i._min=e==3?$n(i.min):e==4?nr(i.min,i.asinh):e==100?i.fwd(i.min):i.min,i._max=e==3?$n(i.max):e==4?nr(i.max,i.asinh):e==100?i.fwd(i.max):i.max,n[t]=a=!0}}if(a){v.forEach((e,t)=>{i==2?t>0&&n.y&&(e._paths=null):n[e.scale]&&(e._paths=null)});for(let e in n)je=!0,Hi(`setScale`,e);F&&N.left>=0&&(Me=Pe=!0)}for(let e in A)A[e]=null}function ln(e){let t=ar(W-1,0,rt-1),n=ar(it+1,0,rt-1);for(;e[t]==null&&t>0;)t--;for(;e[n]==null&&n<rt-1;)n++;return[t,n]}function un(){if(rt>0){let e=v.some(e=>e._focus)&&Gt!=Ue.alpha;e&&(d.globalAlpha=Gt=Ue.alpha),v.forEach((e,n)=>{if(n>0&&e.show&&(hn(n,!1),hn(n,!0),e._paths==null)){let a=Gt;Gt!=e.alpha&&(d.globalAlpha=Gt=e.alpha);let o=i==2?[0,t[n][0].length-1]:ln(t[n]);e._paths=e.paths(r,n,o[0],o[1]),Gt!=a&&(d.globalAlpha=Gt=a)}}),v.forEach((e,t)=>{if(t>0&&e.show){let n=Gt;Gt!=e.alpha&&(d.globalAlpha=Gt=e.alpha),e._paths!=null&&_n(t,!1);{let n=e._paths==null?null:e._paths.gaps,i=e.points.show(r,t,W,it,n),a=e.points.filter(r,t,i,n);(i||a)&&(e.points._paths=e.points.paths(r,t,W,it,a),_n(t,!0))}Gt!=n&&(d.globalAlpha=Gt=n),Hi(`drawSeries`,t)}}),e&&(d.globalAlpha=Gt=1)}}function hn(e,t){let n=t?v[e].points:v[e];n._stroke=n.stroke(r,e),n._fill=n.fill(r,e)}function _n(e,t){let n=t?v[e].points:v[e],{stroke:r,fill:i,clip:a,flags:o,_stroke:s=n._stroke,_fill:c=n._fill,_width:l=n.width}=n._paths;l=Y(l*G,3);let u=null,f=l%2/2;t&&c==null&&(c=l>0?`#fff`:s);let p=n.pxAlign==1&&f>0;if(p&&d.translate(f,f),!t){let e=Ee-l/2,t=De-l/2,n=H+l,r=Oe+l;u=new Path2D,u.rect(e,t,n,r)}t?xn(s,l,n.dash,n.cap,c,r,i,o,a):yn(e,s,l,n.dash,n.cap,c,r,i,o,u,a),p&&d.translate(-f,-f)}function yn(e,n,i,a,o,s,c,l,u,d,f){let p=!1;u!=0&&x.forEach((m,h)=>{if(m.series[0]==e){let e=v[m.series[1]],g=t[m.series[1]],_=(e._paths||xr).band;wr(_)&&(_=m.dir==1?_[0]:_[1]);let y,b=null;e.show&&_&&zn(g,W,it)?(b=m.fill(r,h)||s,y=e._paths.clip):_=null,xn(n,i,a,o,b,c,l,u,d,f,y,_),p=!0}}),p||xn(n,i,a,o,s,c,l,u,d,f)}function xn(e,t,n,r,i,a,o,s,c,l,u,f){$t(e,t,n,r,i),(c||l||f)&&(d.save(),c&&d.clip(c),l&&d.clip(l)),f?(s&3)==3?(d.clip(f),u&&d.clip(u),En(i,o),Sn(e,a,t)):s&xa?(En(i,o),d.clip(f),Sn(e,a,t)):s&ba&&(d.save(),d.clip(f),u&&d.clip(u),En(i,o),d.restore(),Sn(e,a,t)):(En(i,o),Sn(e,a,t)),(c||l||f)&&d.restore()}function Sn(e,t,n){n>0&&(t instanceof Map?t.forEach((e,t)=>{d.strokeStyle=ut=t,d.stroke(e)}):t!=null&&e&&d.stroke(t))}function En(e,t){t instanceof Map?t.forEach((e,t)=>{d.fillStyle=dt=t,d.fill(e)}):t!=null&&e&&d.fill(t)}function Dn(e,t,n,i){let a=y[e],o;if(i<=0)o=[0,0];else{let s=a._space=a.space(r,e,t,n,i);o=po(t,n,a._incrs=a.incrs(r,e,t,n,i,s),i,s)}return a._found=o}function On(e,t,n,r,i,a,o,s,c,l){let u=o%2/2;h==1&&d.translate(u,u),$t(s,o,c,l,s),d.beginPath();let f,p,m,g,_=i+(r==0||r==3?-a:a);n==0?(p=i,g=_):(f=i,m=_);for(let r=0;r<e.length;r++)t[r]!=null&&(n==0?f=m=e[r]:p=g=e[r],d.moveTo(f,p),d.lineTo(m,g));d.stroke(),h==1&&d.translate(-u,-u)}function kn(e){let t=!0;return y.forEach((n,i)=>{if(!n.show)return;let a=b[n.scale];if(a.min==null){n._show&&(t=!1,n._show=!1,Ln(!1));return}n._show||(t=!1,n._show=!0,Ln(!1));let o=n.side,s=o%2,{min:c,max:l}=a,[u,d]=Dn(i,c,l,s==0?B:V);if(d==0)return;let f=a.distr==2,p=n._splits=n.splits(r,i,c,l,u,d,f),m=a.distr==2?p.map(e=>ot[e]):p,h=a.distr==2?ot[p[1]]-ot[p[0]]:u,g=n._values=n.values(r,n.filter(r,m,i,d,h),i,d,h);n._rotate=o==2?n.rotate(r,g,i,d):0;let _=n._size;n._size=Jn(n.size(r,g,i,e)),_!=null&&n._size!=_&&(t=!1)}),t}function An(e){let t=!0;return tt.forEach((n,i)=>{let a=n(r,i,Qe,e);a!=nt[i]&&(t=!1),nt[i]=a}),t}function In(){for(let e=0;e<y.length;e++){let t=y[e];if(!t.show||!t._show)continue;let n=t.side,i=n%2,a,o,c=t.stroke(r,e),l=n==0||n==3?-1:1,[u,f]=t._found;if(t.label!=null){let s=t.labelGap*l,p=qn((t._lpos+s)*G);en(t.labelFont[0],c,`center`,n==2?Vt:Ht),d.save(),i==1?(a=o=0,d.translate(p,qn(De+Oe/2)),d.rotate((n==3?-Wn:Wn)/2)):(a=qn(Ee+H/2),o=p);let m=or(t.label)?t.label(r,e,u,f):t.label;d.fillText(m,a,o),d.restore()}if(f==0)continue;let p=b[t.scale],m=i==0?H:Oe,h=i==0?Ee:De,_=t._splits,v=p.distr==2?_.map(e=>ot[e]):_,x=p.distr==2?ot[_[1]]-ot[_[0]]:u,S=t.ticks,C=t.border,w=S.show?S.size:0,T=qn(w*G),E=qn((t.alignTo==2?t._size-w-t.gap:t.gap)*G),D=t._rotate*-Wn/180,O=g(t._pos*G),k=O+(T+E)*l;o=i==0?k:0,a=i==1?k:0;let ee=t.font[0];en(ee,c,t.align==1?Ut:t.align==2?Wt:D>0?Ut:D<0?Wt:i==0?`center`:n==3?Wt:Ut,D||i==1?`middle`:n==2?Vt:Ht);let A=t.font[1]*t.lineGap,j=_.map(e=>g(s(e,p,m,h))),te=t._values;for(let e=0;e<te.length;e++){let t=te[e];if(t!=null){i==0?a=j[e]:o=j[e],t=``+t;let n=t.indexOf(`
`)==-1?[t]:t.split(/\n/gm);for(let e=0;e<n.length;e++){let t=n[e];D?(d.save(),d.translate(a,o+e*A),d.rotate(D),d.fillText(t,0,0),d.restore()):d.fillText(t,a,o+e*A)}}}S.show&&On(j,S.filter(r,v,e,f,x),i,n,O,T,Y(S.width*G,3),S.stroke(r,e),S.dash,S.cap);let ne=t.grid;ne.show&&On(j,ne.filter(r,v,e,f,x),i,i==0?2:1,i==0?De:Ee,i==0?Oe:H,Y(ne.width*G,3),ne.stroke(r,e),ne.dash,ne.cap),C.show&&On([O],[1],+(i==0),i==0?1:2,i==1?De:Ee,i==1?Oe:H,Y(C.width*G,3),C.stroke(r,e),C.dash,C.cap)}Hi(`drawAxes`)}function Ln(e){v.forEach((t,n)=>{n>0&&(t._paths=null,e&&(i==1?(t.min=null,t.max=null):t.facets.forEach(e=>{e.min=null,e.max=null})))})}let Bn=!1,Vn=!1,Hn=[];function Un(){Vn=!1;for(let e=0;e<Hn.length;e++)Hi(...Hn[e]);Hn.length=0}function Kn(){Bn||=(Lr(er),!0)}function Qn(e,t=!1){Bn=!0,Vn=t,e(r),er(),t&&Hn.length>0&&queueMicrotask(Un)}r.batch=Qn;function er(){if(ke&&=(cn(),!1),je&&=(Le(),!1),Ae){if(K(p,Ut,be),K(p,Vt,xe),K(p,zt,B),K(p,Bt,V),K(m,Ut,be),K(m,Vt,xe),K(m,zt,B),K(m,Bt,V),K(f,zt,ve),K(f,Bt,ye),u.width=qn(ve*G),u.height=qn(ye*G),y.forEach(({_el:e,_show:t,_size:n,_pos:r,side:i})=>{if(e!=null){if(t){let t=i===3||i===0?n:0,a=i%2==1;K(e,a?`left`:`top`,r-t),K(e,a?`width`:`height`,n),K(e,a?`top`:`left`,a?xe:be),K(e,a?`height`:`width`,a?V:B),fn(e,Dt)}else dn(e,Dt)}}),ut=dt=ft=mt=ht=gt=_t=vt=pt=null,Gt=1,$(!0),be!=Se||xe!=Ce||B!=we||V!=Te){Ln(!1);let e=B/we,t=V/Te;if(F&&!Me&&N.left>=0){N.left*=e,N.top*=t,pr&&gn(pr,qn(N.left),0,B,V),mr&&gn(mr,0,qn(N.top),B,V);for(let n=0;n<Ge.length;n++){let r=Ge[n];r!=null&&(Ke[n]*=e,qe[n]*=t,gn(r,Jn(Ke[n]),Jn(qe[n]),B,V))}}if(Q.show&&!Ne&&Q.left>=0&&Q.width>0){Q.left*=e,Q.width*=e,Q.top*=t,Q.height*=t;for(let e in Di)K(zr,e,Q[e])}Se=be,Ce=xe,we=B,Te=V}Hi(`setSize`),Ae=!1}ve>0&&ye>0&&(d.clearRect(0,0,u.width,u.height),Hi(`drawClear`),w.forEach(e=>e()),Hi(`draw`)),Q.show&&Ne&&(Br(Q),Ne=!1),F&&Me&&(di(null,!0,!1),Me=!1),M.show&&M.live&&Pe&&(li(),Pe=!1),c||(c=!0,r.status=1,Hi(`ready`)),st=!1,Bn=!1}r.redraw=(e,t)=>{je=t||!1,e===!1?Kn():Hr(S,D.min,D.max)};function ir(e,n){let i=b[e];if(i.from==null){if(rt==0){let t=i.range(r,n.min,n.max,e);n.min=t[0],n.max=t[1]}if(n.min>n.max){let e=n.min;n.min=n.max,n.max=e}if(rt>1&&n.min!=null&&n.max!=null&&n.max-n.min<1e-16)return;e==S&&i.distr==2&&rt>0&&(n.min=Tn(n.min,t[0]),n.max=Tn(n.max,t[0]),n.min==n.max&&n.max++),A[e]=n,ke=!0,Kn()}}r.setScale=ir;let sr,cr,pr,mr,gr,_r,br,Tr,Ar,jr,X,Z,Pr=!1,Fr=N.drag,Ir=Fr.x,Rr=Fr.y;F&&(N.x&&(sr=mn(kt,m)),N.y&&(cr=mn(At,m)),D.ori==0?(pr=sr,mr=cr):(pr=cr,mr=sr),X=N.left,Z=N.top);let Q=r.select=Nr({show:!0,over:!0,left:0,width:0,top:0,height:0},e.select),zr=Q.show?mn(Ot,Q.over?m:p):null;function Br(e,t){if(Q.show){for(let t in e)Q[t]=e[t],t in Di&&K(zr,t,e[t]);t!==!1&&Hi(`setSelect`)}}r.setSelect=Br;function Vr(e){if(v[e].show)P&&fn(se[e],Dt);else if(P&&dn(se[e],Dt),F){let t=U?Ge[0]:Ge[e];t!=null&&gn(t,-10,-10,B,V)}}function Hr(e,t,n){ir(e,{min:t,max:n})}function Ur(e,t,n,a){t.focus!=null&&$r(e),t.show!=null&&v.forEach((n,r)=>{r>0&&(e==r||e==null)&&(n.show=t.show,Vr(r),i==2?(Hr(n.facets[0].scale,null,null),Hr(n.facets[1].scale,null,null)):Hr(n.scale,null,null),Kn())}),n!==!1&&Hi(`setSeries`,e,t),a&&ta(`setSeries`,r,e,t)}r.setSeries=Ur;function Wr(e,t){Nr(x[e],t)}function Gr(e,t){e.fill=J(e.fill||null),e.dir=q(e.dir,-1),t??=x.length,x.splice(t,0,e)}function Kr(e){e==null?x.length=0:x.splice(e,1)}r.addBand=Gr,r.setBand=Wr,r.delBand=Kr;function qr(e,t){v[e].alpha=t,F&&Ge[e]!=null&&(Ge[e].style.opacity=t),P&&se[e]&&(se[e].style.opacity=t)}let Yr,Xr,Zr,Qr={focus:!0};function $r(e){if(e!=Zr){let t=e==null,n=Ue.alpha!=1;v.forEach((r,a)=>{if(i==1||a>0){let i=t||a==0||a==e;r._focus=t?null:i,n&&qr(a,i?1:Ue.alpha)}}),Zr=e,n&&Kn()}}P&&We&&ge(Zt,L,e=>{N._lock||(Ve(e),Zr!=null&&Ur(null,Qr,!0,Wi.setSeries))});function ei(e,t,n){let r=b[t];n&&(e=e/G-(r.ori==1?xe:be));let i=B;r.ori==1&&(i=V,e=i-e),r.dir==-1&&(e=i-e);let a=r._min,o=r._max,s=e/i,c=a+(o-a)*s,l=r.distr;return l==3?Zn(10,c):l==4?tr(c,r.asinh):l==100?r.bwd(c):c}function ri(e,n){return Tn(ei(e,S,n),t[0],W,it)}r.valToIdx=e=>Tn(e,t[0]),r.posToIdx=ri,r.posToVal=ei,r.valToPos=(e,t,n)=>b[t].ori==0?a(e,b[t],n?H:B,n?Ee:0):o(e,b[t],n?Oe:V,n?De:0),r.setCursor=(e,t,n)=>{X=e.left,Z=e.top,di(null,t,n)};function ii(e,t){K(zr,Ut,Q.left=e),K(zr,zt,Q.width=t)}function ai(e,t){K(zr,Vt,Q.top=e),K(zr,Bt,Q.height=t)}let oi=D.ori==0?ii:ai,si=D.ori==1?ii:ai;function ci(){if(P&&M.live)for(let e=+(i==2);e<v.length;e++){if(e==0&&le)continue;let t=M.values[e],n=0;for(let r in t)z[e][n++].firstChild.nodeValue=t[r]}}function li(e,t){if(e!=null&&(e.idxs?e.idxs.forEach((e,t)=>{ae[t]=e}):Er(e.idx)||ae.fill(e.idx),M.idx=ae[0]),P&&M.live){for(let e=0;e<v.length;e++)(e>0||i==1&&!le)&&ui(e,ae[e]);ci()}Pe=!1,t!==!1&&Hi(`setLegend`)}r.setLegend=li;function ui(e,n){let i=v[e],a=e==0&&O==2?ot:t[e],o;le?o=i.values(r,e,n)??ue:(o=i.value(r,n==null?null:a[n],e,n),o=o==null?ue:{_:o}),M.values[e]=o}function di(e,n,a){Ar=X,jr=Z,[X,Z]=N.move(r,X,Z),N.left=X,N.top=Z,F&&(pr&&gn(pr,qn(X),0,B,V),mr&&gn(mr,0,qn(Z),B,V));let o,s=W>it;Yr=rr,Xr=null;let c=D.ori==0?B:V,l=D.ori==1?B:V;if(X<0||rt==0||s){o=N.idx=null;for(let e=0;e<v.length;e++){let t=Ge[e];t!=null&&gn(t,-10,-10,B,V)}We&&Ur(null,Qr,!0,e==null&&Wi.setSeries),M.live&&(ae.fill(o),Pe=!0)}else{let e,n,a;i==1&&(e=D.ori==0?X:Z,n=ei(e,S),o=N.idx=Tn(n,t[0],W,it),a=k(t[0][o],D,c,0));let s=-10,u=-10,d=0,f=0,p=!0,m=``,h=``;for(let e=+(i==2);e<v.length;e++){let g=v[e],_=ae[e],y=_==null?null:i==1?t[e][_]:t[e][1][_],x=N.dataIdx(r,e,o,n),S=x==null?null:i==1?t[e][x]:t[e][1][x];if(Pe=Pe||S!=y||x!=_,ae[e]=x,e>0&&g.show){let n=x==null?-10:x==o?a:k(i==1?t[0][x]:t[e][0][x],D,c,0),_=S==null?-10:ee(S,i==1?b[g.scale]:b[g.facets[1].scale],l,0);if(We&&S!=null){let t=D.ori==1?X:Z,n=Gn(Ue.dist(r,e,x,_,t));if(n<Yr){let r=Ue.bias;if(r!=0){let i=ei(t,g.scale),a=S>=0?1:-1,o=i>=0?1:-1;o==a&&(o==1?r==1?S>=i:S<=i:r==1?S<=i:S>=i)&&(Yr=n,Xr=e)}else Yr=n,Xr=e}}if(Pe||U){let t,i;D.ori==0?(t=n,i=_):(t=_,i=n);let a,o,c,l,g,v,y=!0,b=He.bbox;if(b!=null){y=!1;let t=b(r,e);c=t.left,l=t.top,a=t.width,o=t.height}else c=t,l=i,a=o=He.size(r,e);if(v=He.fill(r,e),g=He.stroke(r,e),U)e==Xr&&Yr<=Ue.prox&&(s=c,u=l,d=a,f=o,p=y,m=v,h=g);else{let t=Ge[e];t!=null&&(Ke[e]=c,qe[e]=l,bn(t,a,o,y),vn(t,v,g),gn(t,Jn(c),Jn(l),B,V))}}}}if(U){let e=Ue.prox;if(Pe||(Zr==null?Yr<=e:Yr>e||Xr!=Zr)){let e=Ge[0];e!=null&&(Ke[0]=s,qe[0]=u,bn(e,d,f,p),vn(e,m,h),gn(e,Jn(s),Jn(u),B,V))}}}if(Q.show&&Pr){if(e!=null){let[t,n]=Wi.scales,[r,i]=Wi.match,[a,o]=e.cursor.sync.scales,s=e.cursor.drag;if(Ir=s._x,Rr=s._y,Ir||Rr){let{left:s,top:u,width:d,height:f}=e.select,p=e.scales[a].ori,m=e.posToVal,h,g,_,v,y,x=t!=null&&r(t,a),S=n!=null&&i(n,o);x&&Ir?(p==0?(h=s,g=d):(h=u,g=f),_=b[t],v=k(m(h,a),_,c,0),y=k(m(h+g,a),_,c,0),oi(Yn(v,y),Gn(y-v))):oi(0,c),S&&Rr?(p==1?(h=s,g=d):(h=u,g=f),_=b[n],v=ee(m(h,o),_,l,0),y=ee(m(h+g,o),_,l,0),si(Yn(v,y),Gn(y-v))):si(0,l)}else Oi()}else{let e=Gn(Ar-gr),t=Gn(jr-_r);if(D.ori==1){let n=e;e=t,t=n}Ir=Fr.x&&e>=Fr.dist,Rr=Fr.y&&t>=Fr.dist;let n=Fr.uni;n==null?Fr.x&&Fr.y&&(Ir||Rr)&&(Ir=Rr=!0):Ir&&Rr&&(Ir=e>=n,Rr=t>=n,!Ir&&!Rr&&(t>e?Rr=!0:Ir=!0));let r,i;Ir&&(D.ori==0?(r=br,i=X):(r=Tr,i=Z),oi(Yn(r,i),Gn(i-r)),Rr||si(0,l)),Rr&&(D.ori==1?(r=br,i=X):(r=Tr,i=Z),si(Yn(r,i),Gn(i-r)),Ir||oi(0,c)),!Ir&&!Rr&&(oi(0,0),si(0,0))}}if(Fr._x=Ir,Fr._y=Rr,e==null){if(a){if(Gi!=null){let[e,t]=Wi.scales;Wi.values[0]=e==null?null:ei(D.ori==0?X:Z,e),Wi.values[1]=t==null?null:ei(D.ori==1?X:Z,t)}ta(qt,r,X,Z,B,V,o)}if(We){let e=a&&Wi.setSeries,t=Ue.prox;Zr==null?Yr<=t&&Ur(Xr,Qr,!0,e):Yr>t?Ur(null,Qr,!0,e):Xr!=Zr&&Ur(Xr,Qr,!0,e)}}Pe&&(M.idx=o,li()),n!==!1&&Hi(`setCursor`)}let fi=null;Object.defineProperty(r,"rect",{get(){return fi??$(!1),fi}});function $(e=!1){e?fi=null:(fi=m.getBoundingClientRect(),Hi(`syncRect`,fi))}function pi(e,t,n,r,i,a,o){N._lock||Pr&&e!=null&&e.movementX==0&&e.movementY==0||(Ci(e,t,n,r,i,a,o,!1,e!=null),e==null?di(t,!0,!1):di(null,!0,!0))}function Ci(e,t,n,i,a,o,c,l,u){if(fi??$(!1),Ve(e),e!=null)n=e.clientX-fi.left,i=e.clientY-fi.top;else{if(n<0||i<0){X=-10,Z=-10;return}let[e,r]=Wi.scales,c=t.cursor.sync,[l,u]=c.values,[d,f]=c.scales,[p,m]=Wi.match,h=t.axes[0].side%2==1,g=D.ori==0?B:V,_=D.ori==1?B:V,v=h?o:a,y=h?a:o,x=h?i:n,S=h?n:i;if(n=d==null?x/v*g:p(e,d)?s(l,b[e],g,0):-10,i=f==null?S/y*_:m(r,f)?s(u,b[r],_,0):-10,D.ori==1){let e=n;n=i,i=e}}u&&(t==null||t.cursor.event.type==qt)&&((n<=1||n>=B-1)&&(n=hr(n,B)),(i<=1||i>=V-1)&&(i=hr(i,V))),l?(gr=n,_r=i,[br,Tr]=N.move(r,n,i)):(X=n,Z=i)}let Di={width:0,height:0,left:0,top:0};function Oi(){Br(Di,!1)}let Ai,ji,Mi,Ni;function Pi(e,t,n,i,a,o,s){Pr=!0,Ir=Rr=Fr._x=Fr._y=!1,Ci(e,t,n,i,a,o,s,!0,!1),e!=null&&(ge(Yt,on,Fi,!1),ta(Jt,r,br,Tr,B,V,null));let{left:c,top:l,width:u,height:d}=Q;Ai=c,ji=l,Mi=u,Ni=d}function Fi(e,t,n,i,a,o,s){Pr=Fr._x=Fr._y=!1,Ci(e,t,n,i,a,o,s,!1,!0);let{left:c,top:l,width:u,height:d}=Q,f=u>0||d>0,p=Ai!=c||ji!=l||Mi!=u||Ni!=d;if(f&&p&&Br(Q),Fr.setScale&&f&&p){let e=c,t=u,n=l,r=d;if(D.ori==1&&(e=l,t=d,n=c,r=u),Ir&&Hr(S,ei(e,S),ei(e+t,S)),Rr)for(let e in b){let t=b[e];e!=S&&t.from==null&&t.min!=rr&&Hr(e,ei(n+r,e),ei(n,e))}Oi()}else N.lock&&(N._lock=!N._lock,di(t,!0,e!=null));e!=null&&(_e(Yt,on),ta(Yt,r,X,Z,B,V,null))}function Ii(e,t,n,r,i,a,o){if(N._lock)return;Ve(e);let s=Pr;if(Pr){let e=!0,t=!0,n,r;D.ori==0?(n=Ir,r=Rr):(n=Rr,r=Ir),n&&r&&(e=X<=10||X>=B-10,t=Z<=10||Z>=V-10),n&&e&&(X=X<br?0:B),r&&t&&(Z=Z<Tr?0:V),di(null,!0,!0),Pr=!1}X=-10,Z=-10,ae.fill(null),di(null,!0,!0),s&&(Pr=s)}function Li(e,t,n,i,a,o,s){N._lock||(Ve(e),lt(),Oi(),e!=null&&ta(Qt,r,X,Z,B,V,null))}function zi(){y.forEach(ho),Fe(r.width,r.height,!0)}Cn(nn,sn,zi);let Bi={};Bi.mousedown=Pi,Bi.mousemove=pi,Bi.mouseup=Fi,Bi.dblclick=Li,Bi.setSeries=(e,t,n,i)=>{let a=Wi.match[2];n=a(r,t,n),n!=-1&&Ur(n,i,!0,!1)},F&&(ge(Jt,m,Pi),ge(qt,m,pi),ge(Xt,m,e=>{Ve(e),$(!1)}),ge(Zt,m,Ii),ge(Qt,m,Li),Qa.add(r),r.syncRect=$);let Vi=r.hooks=e.hooks||{};function Hi(e,t,n){Vn?Hn.push([e,t,n]):e in Vi&&Vi[e].forEach(e=>{e.call(null,r,t,n)})}(e.plugins||[]).forEach(e=>{for(let t in e.hooks)Vi[t]=(Vi[t]||[]).concat(e.hooks[t])});let Ui=(e,t,n)=>n,Wi=Nr({key:null,setSeries:!1,filters:{pub:dr,sub:dr},scales:[S,v[1]?v[1].scale:null],match:[fr,fr,Ui],values:[null,null]},N.sync);Wi.match.length==2&&Wi.match.push(Ui),N.sync=Wi;let Gi=Wi.key,ea=ya(Gi);function ta(e,t,n,r,i,a,o){Wi.filters.pub(e,t,n,r,i,a,o)&&ea.pub(e,t,n,r,i,a,o)}ea.sub(r);function na(e,t,n,r,i,a,o){Wi.filters.sub(e,t,n,r,i,a,o)&&Bi[e](null,t,n,r,i,a,o)}r.pub=na;function ra(){ea.unsub(r),Qa.delete(r),he.clear(),wn(nn,sn,zi),l.remove(),L?.remove(),Hi(`destroy`)}r.destroy=ra;function ia(){Hi(`init`,e,t),ct(t||e.data,!1),A[S]?ir(S,A[S]):lt(),Ne=Q.show&&(Q.width>0||Q.height>0),Me=Pe=!0,Fe(e.width,e.height)}return v.forEach(Ye),y.forEach($e),n?n instanceof HTMLElement?(n.appendChild(l),ia()):n(r,ia):ia(),r}go.assign=Nr,go.fmtNum=Hn,go.rangeNum=Rn,go.rangeLog=Mn,go.rangeAsinh=Nn,go.orient=Sa,go.pxRatio=G,go.join=Ir,go.fmtDate=Jr,go.tzDate=Xr,go.sync=ya;{go.addGap=Da,go.clipGaps=Ea;let e=go.paths={points:Va};e.linear=Ga,e.stepped=Ka,e.bars=Ja,e.spline=Xa}var _o=[.01,.1,1,10,100,1e3].flatMap(e=>[e,2*e,5*e]),vo=class{constructor(e,t){this.host=e,this.height=t,this.shape=``}draw(e,t){if(t<=54)return;this.drawn=e;let n=`${e.lines.length} ${e.band?.join()??``}`,r=this.data(e);!this.plot||n!==this.shape?(this.plot?.destroy(),this.plot=new go(this.options(e,t),r,this.host),this.shape=n):(this.plot.width!==t&&this.plot.setSize({width:t,height:this.height}),this.plot.setData(r))}destroy(){this.plot?.destroy(),this.plot=void 0}data(e){let t=e.lines.map(e=>e.smooth?[e.values[0]??null,...e.values]:[...e.values,e.values.at(-1)??null]);return[e.edges,...t]}color(e,t=100){let n=getComputedStyle(this.host).getPropertyValue(e).trim()||`gray`;return t===100?n:`color-mix(in srgb, ${n} ${t}%, transparent)`}options(e,t){let n=go.paths.stepped({align:1}),r=()=>this.color(`--eo-line`);return{width:t,height:this.height,padding:[6,10,6,0],legend:{show:!1},cursor:{show:!1},select:{show:!1,left:0,top:0,width:0,height:0},scales:{x:{time:!0,range:()=>[this.drawn.edges[0],this.drawn.edges.at(-1)]},y:{range:(e,t,n)=>this.range(t??0,n??1)},side:{range:(e,t,n)=>this.even(t??-1,n??1)}},axes:[{size:0,splits:()=>this.drawn.grid,values:(e,t)=>t.map(()=>``),ticks:{show:!1},grid:{stroke:r,width:1}},{size:44,gap:6,space:20,incrs:_o,font:`11px system-ui, sans-serif`,stroke:()=>this.color(`--eo-quiet`),values:(e,t)=>t.map(e=>this.drawn.label(e)),ticks:{show:!1},grid:{stroke:r,width:1}}],series:[{},...e.lines.map((e,t)=>({scale:e.scale??`y`,paths:e.smooth?go.paths.linear():n,stroke:()=>this.color(e.color,e.bars||e.width===0?0:100),fill:e.fill||e.bars?()=>this.color(e.color,e.bars?55:22):void 0,fillTo:e.bars?0:void 0,width:e.width??1.75,dash:e.dash,points:{show:!1},spanGaps:!1,show:t>=0}))],bands:e.band?[{series:[e.band[1]+1,e.band[0]+1],fill:()=>this.color(e.lines[e.band[0]].color,22)}]:[]}}range(e,t){let n=Math.min(this.drawn?.least??e,e),r=Math.max(this.drawn?.most??t,t),i=(r-n||1)*.06;return[n<0||this.drawn?.least===void 0?n-i:n,r+i]}even(e,t){let n=Math.max(Math.abs(e),Math.abs(t),.5)*1.15;return[-n,n]}},yo=[`solar`,`load`,`grid`,`battery`,`level`,`importPrice`,`energyPrice`],bo=3600;function xo(e,t,n,r=900){let i=Array(n).fill(0),a=Array(n).fill(0);return e.forEach((o,s)=>{if(o.value===null)return;let c=Math.max(o.at,t),l=Math.min(e[s+1]?.at??1/0,t+n*r);for(let e=c;e<l;){let n=Math.floor((e-t)/r),s=Math.min(l,t+(n+1)*r);i[n]+=o.value*(s-e),a[n]+=s-e,e=s}}),i.map((e,t)=>a[t]>0?e/a[t]:null)}var So=(e,t)=>e.length===0?Array(t).fill(null):Array.from({length:t},(t,n)=>e.reduce((e,t)=>e+(t[n]??0),0));function Co(e,t){let n=e.devices.filter(e=>t.batteries[e.id]),r=n.reduce((e,t)=>e+(t.capacity_kwh??0),0);return t.start.map((e,i)=>r===0?null:n.reduce((e,n)=>e+(n.capacity_kwh??0)*(t.batteries[n.id]?.soc[i]??0),0)/r)}function wo(e,t,n){let r=e.plan?.slots,i=r?r.end.filter(e=>e<=n).length:0,a=e=>e?.slice(i)??[],o=a(r?.start),s=Math.min(o[0]??n,n),c=Math.max(0,...Object.values(t.series).map(e=>e.length)),l=Array.from({length:c},(e,n)=>t.from+n*900).filter(e=>e<s),u=l.length,d=e=>t.series[e]?.slice(0,u)??Array(u).fill(null),f=Array(u).fill(null),p=e=>a(So(e,r?.start.length??0));return{start:[...l,...o],end:[...l.slice(1),...u?[s]:[],...a(r?.end)],past:u,solar:[...d(`solar`),...a(r?.solar_kw)],solarLow:[...f,...a(r?.solar_low_kw??r?.solar_kw)],solarHigh:[...f,...a(r?.solar_high_kw??r?.solar_kw)],load:[...d(`load`),...a(r?.load_kw)],grid:[...d(`grid`),...a(r?.grid_kw)],battery:[...d(`battery`),...p(Object.values(r?.batteries??{}).map(e=>e.power_kw))],level:[...d(`level`),...a(r?Co(e,r):void 0)],importPrice:[...d(`importPrice`),...a(r?.import_price)],energyPrice:[...d(`energyPrice`),...a(r?.energy_price)]}}function To(e,t){let n=e.start.length-1;for(;n>0&&e.start[n]>t;)--n;return Math.max(0,n)}function Eo(e,t,n,r){let i=e.start.length-1,a=e.start[t]??r,o={ArrowRight:t+1,ArrowUp:t+1,ArrowLeft:t-1,ArrowDown:t-1,PageUp:Math.max(t+1,To(e,a+bo)),PageDown:Math.min(t-1,To(e,a-bo)),Home:To(e,r),End:i}[n];return o===void 0?void 0:Math.min(i,Math.max(0,o))}var Do=e=>Date.parse(e)/1e3;function Oo(e,t){let n=e.plan?.slots,r=n=>e.overrides.filter(e=>e.device===n).map(e=>({from:Math.max(t,e.from?Do(e.from):t),to:Do(e.until),word:e}));return e.devices.flatMap(t=>{let i=n?.batteries[t.id],a=n?.miners[t.id];if(t.kind===`inverter`)return[];let o=i?ko(e.plan?.runs??[],t.id):n&&a?Ao(n,a.power_kw,t.most_kw??0):[];return[{id:t.id,name:t.name,spans:o,overrides:r(t.id)}]})}function ko(e,t){let n=e.filter(e=>e.id===t),r=Math.max(0,...n.map(e=>e.power_kw));return n.map(e=>({from:Do(e.start),to:Do(e.end),kind:e.kind,power:e.power_kw,share:r>0?e.power_kw/r:0}))}function Ao(e,t,n){let r=[];return t.forEach((t,i)=>{let a=r.at(-1),[o,s]=[e.start[i],e.end[i]];t<=0||(a&&a.to===o&&Math.abs(a.power-t)<1e-6?a.to=s:r.push({from:o,to:s,kind:`mining`,power:t,share:n>0?Math.min(1,t/n):1}))}),r}function jo(e,t){let n=[],r=[],i=()=>{if(r.length===0)return;let i=t=>{let n=r.filter(e=>t[e]!==null&&t[e]!==void 0),i=t=>e.end[t]-e.start[t],a=n.reduce((e,t)=>e+i(t),0);return a>0?n.reduce((e,n)=>e+t[n]*i(n),0)/a:null},a=Object.fromEntries(yo.map(t=>[t,i(e[t])]));a.level=e.level[r.at(-1)]??null,n.push({start:e.start[r[0]],past:r[0]<e.past,values:a,miners:i(t)}),r=[]};return e.start.forEach((t,n)=>{let a=r[0];(a!==void 0&&Math.floor(t/bo)!==Math.floor(e.start[a]/bo)||n===e.past)&&i(),r.push(n)}),i(),n}function Mo(e,t){let n=e.plan?.slots,r=n?So(Object.values(n.miners).map(e=>e.power_kw),n.start.length):[],i=t.start.length-t.past;return[...Array(t.past).fill(null),...r.slice(r.length-i)]}function No(e,t,n,r){let i=Math.max(1,Math.floor(n/40)),a=[1,2,3,6,12,24].find(n=>(t-e)/bo/n<=i)??24,o=[];for(let n=Math.ceil(e/900)*900;n<=t;n+=900){let{hour:e,minute:t}=r(/* @__PURE__ */ new Date(n*1e3));t===0&&e%a===0&&o.push({at:n,midnight:e===0})}return o}function Po(e,t,n,r){let i=e=>/* @__PURE__ */ new Date(e*1e3);return R`<div class="axis" style="margin:2px ${10}px 0 ${44}px">
    ${No(e,t,n-44-10,e=>r.clock(e)).map(({at:n,midnight:a})=>R`<span class=${a?`day`:``} style="left:${100*(n-e)/(t-e)}%"
          >${a?r.weekday(i(n+3600)):r.clock(i(n)).hour}</span
        >`)}
  </div>`}var Fo=o`
  .axis {
    position: relative;
    height: 18px;
    font-size: 11px;
    color: var(--eo-quiet);
  }
  .axis span {
    position: absolute;
    transform: translateX(-50%);
    white-space: nowrap;
  }
  .axis .day {
    font-weight: 600;
    color: var(--primary-text-color);
  }
`,Io=[{series:`solar`,key:`solar_power`,of:`site`},{series:`load`,key:`load_power`,of:`site`},{series:`grid`,key:`grid_power`,of:`site`},{series:`importPrice`,key:`import_price`,of:`site`},{series:`energyPrice`,key:`energy_price`,of:`site`},{series:`battery`,key:`battery_power`,of:`battery`},{series:`level`,key:`soc`,of:`battery`}];function Lo(e){let t={},n=e.devices.filter(e=>e.kind===`inverter`),r=e.devices.filter(e=>e.kind===`battery`);for(let{series:i,key:a,of:o}of Io){let s=n.length===1||a!==`solar_power`?n[0]?.entities[a]:void 0,c=o===`site`?e.entities[a]??s:r.length===1?r[0]?.entities[a]:void 0;c&&(t[i]=c)}return t}async function Ro(e,t,n,r){let i=Lo(t),a=Object.values(i);if(a.length===0||r===0)return{from:n,series:{}};let o=await e.callWS({type:`history/history_during_period`,start_time:(/* @__PURE__ */ new Date(n*1e3)).toISOString(),end_time:(/* @__PURE__ */ new Date((n+r*900)*1e3)).toISOString(),entity_ids:a,include_start_time_state:!0,significant_changes_only:!1,minimal_response:!0,no_attributes:!0}),s={};for(let[t,a]of Object.entries(i)){let i=e.states[a]?.attributes.unit_of_measurement===`W`?.001:1;s[t]=xo(Bo(o[a]??[],i),n,r)}return zo({from:n,series:s},r)}function zo({from:e,series:t},n){let r=Object.values(t),i=Array.from({length:n},(e,t)=>t).find(e=>r.some(t=>t[e]!==null))??n,a=Object.entries(t).map(([e,t])=>[e,t.slice(i)]);return{from:e+i*900,series:Object.fromEntries(a)}}function Bo(e,t){return e.map(e=>({at:e.lc??e.lu??0,value:Number.parseFloat(e.s??``)*t})).map(({at:e,value:t})=>({at:e,value:Number.isFinite(t)?t:null}))}var Vo={price:84,power:150,level:96},Ho=(e,t)=>e.map(e=>e===null?null:t(e,0));function Uo(e,t,n){let r=[...e.start,e.end.at(-1)],i=No(r[0],r.at(-1),t-44-10,e=>n.clock(e)).map(({at:e})=>e),a=[...e.solar,...e.load,...e.grid].map(e=>Math.abs(e??0)),o=+(Math.max(...a)<5);return{price:{edges:r,grid:i,label:e=>n.number(e,2),lines:[{values:e.importPrice,color:`--eo-price`},{values:e.energyPrice,color:`--eo-worth`,dash:[5,3]}]},power:{edges:r,grid:i,least:0,most:1,label:e=>n.number(e,o),band:[0,1],lines:[{values:e.solarLow,color:`--eo-solar`,width:0},{values:e.solarHigh,color:`--eo-solar`,width:0},{values:e.solar,color:`--eo-solar`,fill:!0},{values:e.load,color:`--eo-load`,width:1.25},{values:e.grid,color:`--eo-grid`,dash:[4,2]}]},level:{edges:r,grid:i,least:0,most:100,label:e=>n.number(e,0),lines:[{values:Ho(e.battery,Math.max),color:`--eo-discharge`,bars:!0,scale:`side`},{values:Ho(e.battery,Math.min),color:`--eo-charge`,bars:!0,scale:`side`},{values:e.level,color:`--eo-load`,width:2,smooth:!0}]}}}var Wo=o`
  .whole {
    position: relative;
    touch-action: pan-y;
    cursor: crosshair;
    user-select: none;
    -webkit-user-select: none;
  }
  .picture {
    border-radius: 4px;
  }
  .label {
    font-size: 11px;
    color: var(--eo-quiet);
    line-height: 1.4;
  }
  .lane {
    display: flex;
    flex-direction: column;
    padding-bottom: 4px;
  }
  .lane-name {
    font-size: 11px;
    line-height: 1.4;
    color: var(--eo-quiet);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .track {
    position: relative;
    height: 14px;
    margin: 0 var(--right) 0 var(--left);
    background: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
    border-radius: 3px;
    overflow: hidden;
  }
  .track i,
  .track b,
  .track .word {
    position: absolute;
    top: 0;
    bottom: 0;
    box-sizing: border-box;
  }
  .track i {
    --color: var(--eo-miner);
    background: color-mix(in srgb, var(--color) var(--share), transparent);
    border-inline-end: 1px solid var(--card-background-color, #fff);
  }
  .track i.charge {
    --color: var(--eo-charge);
  }
  .track i.discharge {
    --color: var(--eo-discharge);
  }
  .track .word {
    padding: 0;
    min-height: 0;
  }
  .track b,
  .track .word {
    border: 2px solid var(--primary-color);
    background: repeating-linear-gradient(
      135deg,
      color-mix(in srgb, var(--primary-color) 45%, transparent) 0 3px,
      transparent 3px 8px
    );
    border-radius: 3px;
  }
  .over {
    position: absolute;
    inset: 0 var(--right) 18px var(--left);
    pointer-events: none;
  }
  .over > * {
    position: absolute;
    top: 0;
    bottom: 0;
  }
  .before {
    left: 0;
    background: color-mix(in srgb, var(--primary-text-color) 4%, transparent);
  }
  .here {
    width: 0;
    border-left: 2px solid var(--error-color, #db4437);
  }
  .cell {
    box-sizing: border-box;
    min-width: 2px;
    background: color-mix(in srgb, var(--primary-color) 25%, transparent);
    border-inline: 1px solid var(--primary-color);
  }
  dl {
    margin: 0 0 8px;
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(150px, 1fr));
    gap: 6px 12px;
  }
  dt {
    font-size: 0.8rem;
    color: var(--eo-quiet);
    display: flex;
    align-items: center;
    gap: 6px;
  }
  dt i {
    width: 12px;
    border-top: 3px solid var(--color);
    flex: none;
  }
  dt i.dashed {
    border-top-style: dashed;
  }
  dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .what {
    font-weight: 500;
  }
  .table {
    overflow: auto;
    max-height: 420px;
  }
  table {
    border-collapse: collapse;
    font-size: 0.85rem;
    width: 100%;
    font-variant-numeric: tabular-nums;
  }
  caption {
    text-align: start;
    color: var(--eo-quiet);
    padding-bottom: 4px;
  }
  th,
  td {
    padding: 4px 8px;
    text-align: end;
    font-weight: normal;
    white-space: nowrap;
    border-bottom: 1px solid var(--eo-line);
  }
  thead th {
    position: sticky;
    top: 0;
    background: var(--card-background-color, #fff);
  }
  th:first-child {
    text-align: start;
  }
`,Go=[[`price`,`importPrice`],[`worth`,`energyPrice`],[`sun`,`solar`],[`house`,`load`],[`grid`,`grid`],[`battery`,`battery`],[`level`,`level`]];function Ko(e,t,n,r){let{currency:i,devices:a,plan:o}=e,[s,c]=[t.grid[n]??null,t.battery[n]??null],l=(e=null)=>e===null?`–`:r.price(e,i),u=(e,t,n)=>e===null||Math.abs(e)<.005?r.kw(e===null?null:0):`${r.say(e>0?t:n)} ${r.kw(Math.abs(e))}`,[d,f]=[t.solarLow[n]??null,t.solarHigh[n]??null],p=d!==null&&f!==null&&f-d>.01?` (${r.say(`between`,{low:r.kw(d),high:r.kw(f)})})`:``,m=[{name:r.say(`price`),value:l(t.importPrice[n]),color:`--eo-price`},{name:r.say(`worth`),value:l(t.energyPrice[n]),color:`--eo-worth`,line:!0},{name:r.say(`sun`),value:r.kw(t.solar[n])+p,color:`--eo-solar`},{name:r.say(`house`),value:r.kw(t.load[n]),color:`--eo-load`},{name:r.say(`grid`),value:u(s,`buying`,`selling`),color:`--eo-grid`,line:!0}];if(a.some(e=>e.kind===`battery`)){let e=(c??0)<0?`--eo-charge`:`--eo-discharge`,i=r.percent(t.level[n]);m.push({name:r.say(`battery`),value:`${u(c,`discharging`,`charging`)}, ${i}`,color:e})}let h=n-t.past+((o?.slots.start.length??0)-(t.start.length-t.past));for(let e of a){let i=n>=t.past?o?.slots.miners[e.id]?.power_kw[h]:void 0;i!==void 0&&m.push({name:e.name,value:i>0?r.kw(i):r.say(`off`),color:`--eo-miner`})}return m}function qo(e,t,n,r,i){let a=(e,t)=>t===null?`–`:e===`level`?r.percent(t):e===`importPrice`||e===`energyPrice`?r.number(t,3):r.number(t,2);return R`<div class=${i?`table`:`unseen`}>
    <table>
      <caption>
        ${r.say(`table_caption`)}
      </caption>
      <thead>
        <tr>
          <th scope="col">${r.say(`time`)}</th>
          ${Go.map(([e])=>R`<th scope="col">${r.say(e)}</th>`)}
          <th scope="col">${r.say(`miners`)}</th>
        </tr>
      </thead>
      <tbody>
        ${jo(t,Mo(e,t)).map(e=>R`<tr class=${e.past?`quiet`:``}>
              <th scope="row">${r.when(/* @__PURE__ */ new Date(e.start*1e3),/* @__PURE__ */ new Date(n*1e3))}</th>
              ${Go.map(([,t])=>R`<td>${a(t,e.values[t])}</td>`)}
              <td>${e.miners===null?`–`:r.number(e.miners,2)}</td>
            </tr>`)}
      </tbody>
    </table>
  </div>`}var Jo=12,Yo=300,Xo=150,Zo=class extends Ke{constructor(...e){super(...e),this.past={from:0,series:{}},this.width=0,this.table=!1,this.panels=/* @__PURE__ */ new Map,this.pastOf=``,this.known=/* @__PURE__ */ new Map}static getConfigForm(){return Ye(),qe([Xe,Ze,{name:`back_hours`,default:Jo,selector:{number:{min:0,max:24,step:1,mode:`box`}}}])}static getStubConfig(){return{}}getGridOptions(){return{columns:`full`,min_columns:6,rows:`auto`}}getCardSize(){return 10}setConfig(e){let t=e.back_hours;if(t!==void 0&&!(typeof t==`number`&&t>=0&&t<=24))throw Error(`back_hours: a number from 0 to 24`);super.setConfig(e)}disconnectedCallback(){super.disconnectedCallback(),clearTimeout(this.asking),this.clear()}clear(){this.sizes?.disconnect(),this.sizes=void 0;for(let e of this.panels.values())e.destroy();this.panels.clear()}get steps(){return Math.round((this.config?.back_hours??Jo)*3600/900)}get selected(){let e=this.drawing;return this.hovered??(this.pinned===void 0?To(e,this.now):To(e,this.pinned))}willUpdate(e){super.willUpdate(e),this.site&&this.hass&&(this.remember(),this.drawing=wo(this.site,this.past,this.now),this.hovered!==void 0&&this.hovered>=this.drawing.start.length&&(this.hovered=void 0))}updated(e){super.updated(e);let t=this.canvas;!t||!this.site?this.clear():(this.sizes||(this.sizes=new ResizeObserver(e=>{this.width=Math.floor(e[0]?.contentRect.width??0)}),this.sizes.observe(t)),[`place`,`past`,`width`,`now`,`hass`].some(t=>e.has(t))&&this.draw(),this.ask())}async remember(){let e=Math.floor(this.now/Yo)*Yo-this.steps*900,t=`${this.site.entry_id} ${e} ${this.steps}`;if(t!==this.pastOf){this.pastOf=t;try{this.past=await Ro(this.hass,this.site,e,this.steps)}catch{this.past={from:e,series:{}}}}}draw(){let e=this.drawing;if(e.start.length===0)return;let t=Uo(e,this.width,this.text);for(let[e,n]of Object.entries(Vo)){let r=this.renderRoot.querySelector(`[data-panel="${e}"]`);if(!r)continue;let i=this.panels.get(e)??new vo(r,n);this.panels.set(e,i),i.draw(t[e],this.width)}}ask(){let e=this.drawing;if(!e||e.start.length===0)return;let t=this.selected,n=e.start[t];if(t<e.past||n<=this.now||this.why?.at===n)return;let r=`${this.site.plan?.created} ${n}`,i=this.known.get(r);if(i){this.why={at:n,devices:i};return}clearTimeout(this.asking);let{hass:a,site:o}={hass:this.hass,site:this.site};this.asking=setTimeout(()=>{a.callWS({type:`energy_orchestrator/slot`,entry_id:o.entry_id,at:n+1,language:a.language}).then(e=>{this.known.size>500&&this.known.clear(),this.known.set(r,e?.devices??[]),this.why={at:n,devices:e?.devices??[]}}).catch(()=>void 0)},Xo)}point(e,t){let n=this.canvas.getBoundingClientRect(),r=this.drawing,[i,a]=[r.start[0],r.end.at(-1)],o=(e.clientX-n.left-44)/(n.width-44-10),s=To(r,i+Math.min(1,Math.max(0,o))*(a-i));t?(this.pinned=r.start[s],this.hovered=void 0):e.pointerType===`mouse`?this.hovered=s:e.buttons&&(this.pinned=r.start[s])}key(e){let t=Eo(this.drawing,this.selected,e.key,this.now);t===void 0?e.key===`Escape`&&(this.pinned=this.hovered=this.wish=void 0):(e.preventDefault(),this.hovered=void 0,this.pinned=e.key===`Home`?void 0:this.drawing.start[t])}render(){if(!this.hass||!this.config)return z;let e=this.absent();if(e)return e;let t=this.site,n=this.text,r=this.drawing,{light:i,causes:a}=this.health;return R`<ha-card>
      <div class="head">
        <h2>${this.config.title??n.say(`plan`)}</h2>
        <span class="quiet small">
          ${t.plan?n.say(`plan_age`,{time:n.when(new Date(t.plan.created),this.date(this.now))}):z}
        </span>
        ${r.start.length?R`<button
              class="small"
              aria-pressed=${this.table}
              @click=${()=>{this.table=!this.table}}
            >
              ${n.say(this.table?`show_picture`:`show_table`)}
            </button>`:z}
      </div>
      ${this.offline()}
      ${t.mode===`automatic`?z:R`<p class="quiet small">${n.maybe(`mode_${t.mode}_says`)}</p>`}
      ${i===`good`?z:R`<p class="notice small" role="status">${a.slice(0,2).join(` `)}</p>`}
      ${r.start.length?R`${this.renderPicture(r)} ${this.renderWish()} ${this.renderReading(r)} ${qo(this.site,r,this.now,n,this.table)}`:z}
    </ha-card>`}date(e){return/* @__PURE__ */ new Date(e*1e3)}renderPicture(e){let t=this.text,[n,r]=[e.start[0],e.end.at(-1)],i=e=>(Math.min(r,Math.max(n,e))-n)/(r-n)*100,a=this.selected,[o,s]=[i(e.start[a]),i(e.end[a])],c=this.site.currency;return R`<div
      class="whole"
      dir="ltr"
      style=${gt({"--left":`44px`,"--right":`10px`})}
      @pointermove=${e=>this.point(e,!1)}
      @pointerleave=${()=>{this.hovered=void 0}}
    >
    <div
      class="picture"
      role="slider"
      tabindex="0"
      data-at=${e.start[a]}
      aria-label=${t.say(`picture`)}
      aria-valuemin="0"
      aria-valuemax=${e.start.length-1}
      aria-valuenow=${a}
      aria-valuetext=${this.spoken(e,a)}
      @pointerdown=${e=>this.point(e,!0)}
      @keydown=${this.key}
    >
      <div class="label">${t.say(`unit_axis_price`,{currency:c})}</div>
      <div data-panel="price"></div>
      <div class="label">${t.say(`unit_axis_power`)}</div>
      <div data-panel="power"></div>
      <div class="label">${t.say(`level`)}, %</div>
      <div data-panel="level"></div>
    </div>
      ${Oo(this.site,this.now).map(e=>this.renderLane(e,i))}
      ${Po(n,r,this.width,t)}
      <div class="over">
        ${e.past?R`<div class="before" style="width:${i(this.now)}%"></div>`:z}
        <div class="here" style="left:${i(this.now)}%"></div>
        <div class="cell" style="left:${o}%;width:${Math.max(.3,s-o)}%"></div>
      </div>
    </div>`}renderLane(e,t){let n=this.text;return R`<div class="lane">
      <span class="lane-name">${e.name}</span>
      <div
        class="track"
        title=${n.say(`drag`)}
        @pointerdown=${t=>this.begin(t,e.id)}
        @pointermove=${this.stretch}
        @pointerup=${this.finish}
        @pointercancel=${this.forget}
      >
        ${e.spans.filter(e=>e.to>this.now).map(r=>{let i=t(Math.max(r.from,this.now)),a=`${e.name} ${n.kw(r.power)}`;return R`<i
              class=${r.kind}
              title=${a}
              style="left:${i}%;width:${t(r.to)-i}%;--share:${35+65*r.share}%"
            ></i>`})}
        ${e.overrides.map(({from:e,to:n,word:r})=>R`<button
              class="word"
              title=${r.what}
              aria-label=${r.what}
              style="left:${t(e)}%;width:${t(n)-t(e)}%"
              @click=${()=>{this.wish={device:r.device,from:e,to:n,done:!0,word:r}}}
            ></button>`)}
        ${this.wish?.device===e.id&&!this.wish.word?R`<b style="left:${t(this.wish.from)}%;width:${t(this.wish.to)-t(this.wish.from)}%"></b>`:z}
      </div>
    </div>`}timeAt(e){let t=e.currentTarget.getBoundingClientRect(),[n,r]=[this.drawing.start[0],this.drawing.end.at(-1)],i=n+Math.min(1,Math.max(0,(e.clientX-t.left)/t.width))*(r-n);return Math.max(this.now,Math.round(i/900)*900)}begin(e,t){e.target.classList.contains(`word`)||(e.currentTarget.setPointerCapture(e.pointerId),this.dragged={device:t,at:this.timeAt(e)},this.wish=void 0,this.failed=void 0)}stretch(e){if(!this.dragged)return;let t=this.timeAt(e),[n,r]=[Math.min(t,this.dragged.at),Math.max(t,this.dragged.at)];this.wish=r-n<450?void 0:{device:this.dragged.device,from:n,to:r,done:!1}}finish(){this.dragged=void 0,this.wish&&={...this.wish,done:!0}}forget(){this.dragged=this.wish=void 0}async act(e){this.wish=void 0;try{await e}catch(e){this.failed=this.text.say(`failed`,{problem:rt(e)})}}renderWish(){let e=this.text;if(this.failed)return R`<p class="notice small" role="alert">${this.failed}</p>`;let t=this.site.devices.find(e=>e.id===this.wish?.device);if(!this.wish?.done||!t)return z;let{from:n,to:r,word:i}=this.wish,a=this.date(this.now),o={from:e.when(this.date(n),a),until:e.when(this.date(r),a)};return R`<div class="notice row" role="group" aria-label=${e.say(`override_title`)}>
      <span class="grow small">${i?i.what:t.name}, ${e.say(`from_until`,o)}</span>
      ${i?R`<button @click=${()=>this.act(et(this.hass,i))}>${e.say(`end`)}</button>`:tt[t.kind].map(i=>R`<button @click=${()=>this.act(nt(this.hass,t,i,{from:n,until:r}))}>
                ${e.say(i)}
              </button>`)}
      <button @click=${this.forget}>${e.say(`cancel`)}</button>
    </div>`}spanOf(e,t){let n=this.text,[r,i]=[this.date(e.start[t]),this.date(e.end[t])];return`${n.when(r,this.date(this.now))} – ${n.time(i)}`}spoken(e,t){let n=Ko(this.site,e,t,this.text).map(({name:e,value:t})=>`${e} ${t}`);return`${this.spanOf(e,t)}: ${n.join(`, `)}`}renderReading(e){let t=this.selected,n=t<e.past,r=this.text,i=e.start[t]<=this.now&&!n,a=this.why?.at===e.start[t]?this.why?.devices:void 0,o=n?[]:i?this.site.decisions:a??[];return R`<section class="reading">
      <h3>${this.spanOf(e,t)} · ${r.say(i?`now`:n?`measured`:`planned`)}</h3>
      <dl>
        ${Ko(this.site,e,t,this.text).map(({name:e,value:t,color:n,line:r})=>R`<div>
              <dt><i class=${r?`dashed`:``} style="--color:var(${n})"></i>${e}</dt>
              <dd>${t}</dd>
            </div>`)}
      </dl>
      <ul aria-live="polite">
        ${o.map(e=>R`<li class="small">
              <span class="what">${e.what}.</span> ${e.why} <span class="quiet">${e.numbers}</span>
              ${e.policies.length?R`<span class="quiet">${r.say(`rules`)}: ${e.policies.join(`; `)}</span>`:z}
            </li>`)}
      </ul>
    </section>`}static{this.styles=[a(_t),W,Fo,Wo]}};U([H()],Zo.prototype,`past`,void 0),U([H()],Zo.prototype,`pinned`,void 0),U([H()],Zo.prototype,`hovered`,void 0),U([H()],Zo.prototype,`width`,void 0),U([H()],Zo.prototype,`table`,void 0),U([H()],Zo.prototype,`why`,void 0),U([H()],Zo.prototype,`wish`,void 0),U([H()],Zo.prototype,`failed`,void 0),U([ke(`.whole`)],Zo.prototype,`canvas`,void 0),Zo=U([we(`energy-orchestrator-plan-card`)],Zo);var Qo=`custom:energy-orchestrator`,$o=class extends HTMLElement{static async generate(e,t){let n=We(t),r=await t.callWS({type:`energy_orchestrator/sites`}),i=e.entry_id?r.find(t=>t.entry_id===e.entry_id):r[0];return i?{title:i.title,views:[ss(i,n),cs(i,n),ls(i,n)]}:{views:[{title:n.say(`view_overview`),cards:[es(n.say(`no_site`))]}]}}},es=e=>({type:`markdown`,content:e}),ts=(e,t={})=>({type:`grid`,cards:e,...t}),ns={type:`entity`},rs=(e,t)=>({type:`tile`,entity:e,name:t,grid_options:{columns:12}}),is=e=>({type:`heading`,heading:e}),as=(e,t,n={})=>({type:`${Qo}-${e}-card`,entry_id:t.entry_id,...n}),os=(e,t)=>as(`device`,e,{device:t.id,grid_options:{columns:12}});function ss(e,t){let n=t=>e.devices.filter(e=>e.kind===t).map(t=>os(e,t));return{title:t.say(`view_overview`),path:`overview`,icon:`mdi:home-lightning-bolt`,type:`sections`,max_columns:3,dense_section_placement:!0,sections:[ts([as(`now`,e,{grid_options:{columns:`full`}}),...n(`battery`)]),ts([as(`plan`,e)],{column_span:2}),...n(`miner`).map(e=>ts([e]))]}}function cs(e,t){let n=e=>Object.entries(e.entities).filter(([e])=>!e.startsWith(`simulated_`)).map(([,e])=>({entity:e,name:ns}));return{title:t.say(`view_devices`),path:`devices`,icon:`mdi:devices`,type:`sections`,max_columns:3,sections:e.devices.map(t=>ts([os(e,t),{type:`entities`,entities:n(t),grid_options:{columns:`full`}}]))}}function ls(e,t){let n=t=>t.flatMap(t=>e.entities[t]?[rs(e.entities[t],ns)]:[]),r=e.devices.flatMap(e=>e.entities.revenue_today??[]),i=[`import_price`,`energy_price`].flatMap(t=>e.entities[t]??[]);return{title:t.say(`view_money`),path:`money`,icon:`mdi:cash-multiple`,type:`sections`,max_columns:3,sections:[ts([is(t.say(`money_today`)),...n([`cost_today`]),...r.map(e=>rs(e)),is(t.say(`money_ahead`)),...n([`expected_cost_today`,`expected_saving`,`expected_import_today`,`expected_export_today`])]),ts([as(`what-if`,e,{grid_options:{columns:`full`}})]),...i.length?[ts([is(t.say(`price`)),{type:`history-graph`,entities:i,hours_to_show:48}])]:[],...r.length?[ts([is(t.say(`money_mined`)),{type:`statistics-graph`,entities:r,period:`day`,days_to_show:14,stat_types:[`change`],chart_type:`bar`}])]:[]]}}customElements.define(`ll-strategy-dashboard-energy-orchestrator`,$o);var us={solar_percent:100,load_percent:100,extra_load_w:0,price_offset:0,miners_off:[]};function ds(e){let{present:t,changed:n,slots:r}=e,i=(e,r)=>({key:e,present:t.energy_kwh[r]??0,changed:n.energy_kwh[r]??0,unit:`kwh`}),a=[{key:`if_cost`,present:t.cost.total??0,changed:n.cost.total??0,unit:`money`},i(`if_import`,`import`),i(`if_export`,`export`),i(`if_mining`,`miners`)],[o,s]=[r.present.soc,r.changed.soc];return o?.length&&s?.length&&a.push({key:`if_lowest`,present:Math.min(...o),changed:Math.min(...s),unit:`percent`},{key:`if_last`,present:o.at(-1),changed:s.at(-1),unit:`percent`}),a}var fs=[{name:`solar_percent`,key:`if_solar`,min:0,max:200,step:5},{name:`load_percent`,key:`if_load`,min:0,max:200,step:5},{name:`extra_load_w`,key:`if_extra`,min:0,max:1e4,step:100},{name:`price_offset`,key:`if_price`,min:-.3,max:.3,step:.01},{name:`reserve_soc`,key:`reserve`,min:0,max:100,step:1}],ps=110,ms=class extends Ke{constructor(...e){super(...e),this.asked=us,this.working=!1,this.width=0,this.panels=[]}static getConfigForm(){return Ye(),qe([Xe,Ze])}static getStubConfig(){return{}}getGridOptions(){return{columns:12,min_columns:6,rows:`auto`}}disconnectedCallback(){super.disconnectedCallback(),this.sizes?.disconnect(),this.sizes=void 0,this.clear()}clear(){for(let e of this.panels)e.destroy();this.panels=[]}async ask(){this.working=!0,this.failed=void 0;try{let e={type:`energy_orchestrator/what_if`,entry_id:this.site.entry_id,...this.asked};this.answer=await this.hass.callWS(e)}catch(e){this.failed=this.text.say(`failed`,{problem:rt(e)})}this.working=!1}reset(){this.asked=us,this.answer=void 0,this.failed=void 0}updated(e){super.updated(e);let t=[...this.renderRoot.querySelectorAll(`[data-panel]`)];t.length===0||!this.answer?(this.sizes?.disconnect(),this.sizes=void 0,this.clear()):(this.sizes||(this.sizes=new ResizeObserver(e=>{this.width=Math.floor(e[0]?.contentRect.width??0)}),this.sizes.observe(t[0])),[`answer`,`width`,`hass`].some(t=>e.has(t))&&this.draw(t,this.answer))}draw(e,{slots:t}){let n=this.text,r=[...t.start,t.end.at(-1)],i=this.width-44-10,a=No(r[0],r.at(-1),i,e=>n.clock(e)).map(({at:e})=>e),o=e.length===2;e.forEach((e,i)=>{let s=o&&i===0?`soc`:`grid_kw`;(this.panels[i]??=new vo(e,ps)).draw({edges:r,grid:a,...s===`soc`?{least:0,most:100}:{least:0,most:1},label:e=>n.number(e,0),lines:[{values:t.present[s]??[],color:`--eo-quiet`,dash:[5,3],smooth:s===`soc`},{values:t.changed[s]??[],color:`--eo-worth`,smooth:s===`soc`}]},this.width)})}render(){if(!this.hass||!this.config)return z;let e=this.absent();if(e)return e;let t=this.text;return R`<ha-card>
      <div class="head"><h2>${this.config.title??t.say(`what_if`)}</h2></div>
      ${this.offline()}
      <form
        @submit=${e=>{e.preventDefault(),this.ask()}}
      >
        ${fs.map(e=>this.renderSlider(e))} ${this.renderMiners()}
        <div class="row">
          <button class="strong" ?disabled=${this.working}>${t.say(`if_ask`)}</button>
          <button type="button" @click=${this.reset}>${t.say(`if_reset`)}</button>
          <span class="quiet small" role="status">${this.working?t.say(`if_working`):``}</span>
        </div>
      </form>
      ${this.failed?R`<p class="notice small" role="alert">${this.failed}</p>`:z}
      ${this.answer?this.renderAnswer(this.answer):z}
    </ha-card>`}renderSlider({name:e,key:t,min:n,max:r,step:i}){let a=this.site.devices.filter(e=>e.kind===`battery`);if(e===`reserve_soc`&&a.length===0)return z;let o=e===`reserve_soc`?a[0]?.reserve_soc??0:0,s=this.asked[e]??o,c=this.shownValue(e,s);return R`<label class="slider">
      <span>${this.text.say(t)}</span>
      <input
        type="range"
        min=${n}
        max=${r}
        step=${i}
        .value=${String(s)}
        aria-valuetext=${c}
        @input=${t=>{this.asked={...this.asked,[e]:Number(t.target.value)}}}
      />
      <output>${c}</output>
    </label>`}shownValue(e,t){let n=this.text;return e===`extra_load_w`?n.kw(t/1e3):e===`price_offset`?`${t>0?`+`:``}${n.number(t,2)} ${this.site.currency}`:n.percent(t)}renderMiners(){let e=this.site.devices.filter(e=>e.kind===`miner`);if(e.length===0)return z;let t=new Set(this.asked.miners_off);return R`<fieldset>
      <legend class="small quiet">${this.text.say(`if_miners`)}</legend>
      ${e.map(e=>R`<label class="small"
            ><input
              type="checkbox"
              .checked=${t.has(e.id)}
              @change=${n=>{n.target.checked?t.add(e.id):t.delete(e.id),this.asked={...this.asked,miners_off:[...t]}}}
            />${e.name}</label
          >`)}
    </fieldset>`}renderAnswer(e){let t=this.text,n=e.difference.cost.total??0,{start:r,end:i,present:a}=e.slots,o=n===0?`if_same`:n<0?`if_better`:`if_worse`,s=t.span(i.at(-1)-r[0]);return R`<p role="status">${t.say(o,{money:this.money(Math.abs(n)),span:s})}</p>
      <div class="keys small quiet">
        <span><i class="dashed"></i>${t.say(`if_present`)}</span> <span><i></i>${t.say(`if_changed`)}</span>
      </div>
      <div dir="ltr" aria-hidden="true">
        ${a.soc?R`<div class="small quiet">${t.say(`level`)}, %</div>
              <div data-panel="level"></div>`:z}
        <div class="small quiet">${t.say(`grid`)}, ${t.say(`unit_axis_power`)}</div>
        <div data-panel="grid"></div>
        ${Po(r[0],i.at(-1),this.width,t)}
      </div>
      <table>
        <thead>
          <tr>
            <td></td>
            <th scope="col">${t.say(`if_present`)}</th>
            <th scope="col">${t.say(`if_changed`)}</th>
          </tr>
        </thead>
        <tbody>
          ${ds(e).map(e=>R`<tr>
                <th scope="row">${t.say(e.key)}</th>
                <td>${this.amount(e,e.present)}</td>
                <td>${this.amount(e,e.changed)}</td>
              </tr>`)}
        </tbody>
      </table>`}amount({unit:e},t){let n=this.text;return e===`money`?this.money(t):e===`percent`?n.percent(t):`${n.number(t,1)} kWh`}static{this.styles=[a(_t),W,Fo,o`
      form {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .slider {
        display: grid;
        grid-template-columns: minmax(72px, 1fr) 2fr minmax(72px, auto);
        align-items: center;
        gap: 8px;
        font-size: 0.9rem;
      }
      input[type="range"] {
        width: 100%;
        min-height: 36px;
        accent-color: var(--primary-color);
      }
      output {
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
      fieldset {
        border: 0;
        margin: 0;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
      }
      legend {
        padding: 0;
      }
      fieldset label {
        display: flex;
        align-items: center;
        gap: 6px;
        min-height: 32px;
      }
      .keys {
        display: flex;
        gap: 16px;
      }
      .keys i {
        display: inline-block;
        width: 18px;
        vertical-align: middle;
        margin-inline-end: 6px;
        border-top: 2px solid var(--eo-worth);
      }
      .keys i.dashed {
        border-top: 2px dashed var(--eo-quiet);
      }
      table {
        border-collapse: collapse;
        font-size: 0.9rem;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 4px 0;
        text-align: end;
        font-weight: normal;
      }
      th[scope="row"] {
        text-align: start;
        color: var(--eo-quiet);
      }
      thead th {
        color: var(--eo-quiet);
        font-size: 0.85rem;
      }
    `]}};U([H()],ms.prototype,`asked`,void 0),U([H()],ms.prototype,`answer`,void 0),U([H()],ms.prototype,`working`,void 0),U([H()],ms.prototype,`failed`,void 0),U([H()],ms.prototype,`width`,void 0),ms=U([we(`energy-orchestrator-what-if-card`)],ms);var hs=`energy-orchestrator`,gs=e=>Ye()?.say(e)??Be.en[e];function _s(e){let t=e===`what-if`?`what_if`:e;return{type:`${hs}-${e}-card`,get name(){return gs(`name_${t}_card`)},get description(){return gs(`about_${t}_card`)},preview:!0,getEntitySuggestion(t,n){let r=t.entities?.[n];return r?.platform===`energy_orchestrator`?{config:{type:`custom:${hs}-${e}-card`,...e===`device`?{device:r.device_id}:{}}}:null}}}(window.customCards??=[]).push(_s(`now`),_s(`plan`),_s(`device`),_s(`what-if`)),(window.customStrategies??=[]).push({type:hs,strategyType:`dashboard`,get name(){return gs(`name_dashboard`)},get description(){return gs(`about_dashboard`)}});