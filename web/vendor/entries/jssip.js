import JsSIP from 'jssip/lib/JsSIP.js';

JsSIP.debug.disable(); // the debug log would write SIP messages, numbers and all, to the console
export default JsSIP;
