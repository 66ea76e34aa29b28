// loadgen: epoll load generator for Yjs websocket hubs (y-websocket and hocuspocus framing).
// No TLS, no permessage-deflate, client frames masked with key 0 (the server still has to unmask).
// Built by bench/hub: gcc -O2 -o loadgen loadgen.c -lm
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
typedef uint8_t u8; typedef uint32_t u32; typedef uint64_t u64;

static double now_s(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec+t.tv_nsec*1e-9;}
static void die(const char*f,...){va_list a;va_start(a,f);fprintf(stderr,"loadgen: ");vfprintf(stderr,f,a);fprintf(stderr,"\n");va_end(a);exit(2);}
// ---------- options
static char host[64]="127.0.0.1"; static int port=1234; static int hoc=0; static char pathfmt[128]="/%s"; static char tag[64]="r";
static int rooms=1,members=2,writers=1; static double rate=100,warm=2,dur=10,settle=1.0; static int poisson=1; static char mode[16]="run";
static int pids[32],npid=0; static char *preload=0; static int aware=0; static char label[64]="";
static double p99lim=50e-3; static double start_rate=1000, max_rate=400000; static int joins=20,burst=20; static double kill_after=4; static char*restart_cmd=0; static double hold=5; static char datadir[256]="."; static int conc=40; static char *token="t"; static int searchsteps=14; static char*extraq="";
static double aware_rate=0; static int inflightk=1,stall=0,aware_pad=0,closed_mode=0;
// ---------- role streams
typedef struct{u32 n;u8*kind;u32*clock;u32*len;u8**p;int32_t*ins_idx;int32_t*del_idx;u32 maxclock;}Role;
static Role role[16]; static int nrole=0;
static void load_role(int r,const char*fn){FILE*f=fopen(fn,"rb");if(!f)die("no %s",fn);fseek(f,0,2);long sz=ftell(f);rewind(f);u8*b=malloc(sz);if(fread(b,1,sz,f)!=(size_t)sz)die("read");fclose(f);
  Role*R=&role[r];u32 n;memcpy(&n,b,4);R->n=n;R->kind=malloc(n);R->clock=malloc(4*n);R->len=malloc(4*n);R->p=malloc(n*sizeof(u8*));u8*p=b+4;u32 mc=0;
  for(u32 i=0;i<n;i++){R->kind[i]=*p;memcpy(&R->clock[i],p+1,4);memcpy(&R->len[i],p+5,4);R->p[i]=p+9;p+=9+R->len[i];if(R->clock[i]>mc)mc=R->clock[i];}
  R->maxclock=mc;R->ins_idx=malloc(4*(mc+2));R->del_idx=malloc(4*(mc+2));memset(R->ins_idx,255,4*(mc+2));memset(R->del_idx,255,4*(mc+2));
  for(u32 i=0;i<n;i++){if(R->kind[i]==0)R->ins_idx[R->clock[i]]=i;else R->del_idx[R->clock[i]]=i;}
}
// ---------- connections
typedef struct{int fd,room,member,st;  // st 0 tcp,1 http,2 ws open,3 synced,-1 dead
  int role;u32 pos;u32*sent; // writer
  u8*rb;size_t rl,rc; u8*wb;size_t wl,wo,wc; u8*fb;size_t fl,fc; u32 *seen; double t0,tsync; u64 bytes; int inw; u32 acks;}Conn;
static Conn*C;static int nconn=0,ep; static int nsynced=0,ndead=0,inflight=0;
static double T0; static double m0=1e18,m1=-1; // measure window by send time
static int recording=0;
static u64 n_deliv,n_deliv_all,n_frames,n_bytes,n_echo,n_ack,n_sent,n_upd_frames,n_aware; static u64 n_sent_w;
// histogram: log-linear, us
#define HB 4096
static u64 H[HB];static u64 Hn; static u64 HL[HB],HLn; static double Hmax;
static int hidx(double us){if(us<1)us=1;u64 v=(u64)us;int e=63-__builtin_clzll(v);int sub=e>=6?(int)((v>>(e-6))&63):(int)((v<<(6-e))&63);int i=e*64+sub;return i<HB?i:HB-1;}
static double hval(int i){int e=i/64,s=i%64;return ldexp(1.0+s/64.0+1/128.0,e);}
static void hadd(double us){H[hidx(us)]++;Hn++;if(us>Hmax)Hmax=us;}
static double hq(u64*h,u64 n,double q){if(!n)return 0;u64 t=(u64)(q*n),c=0;for(int i=0;i<HB;i++){c+=h[i];if(c>t)return hval(i);}return hval(HB-1);}
static void ep_mod(Conn*c,int out){struct epoll_event e={.events=EPOLLIN|(out?EPOLLOUT:0),.data.u32=c-C};epoll_ctl(ep,EPOLL_CTL_MOD,c->fd,&e);}
static void kill_conn(Conn*c){if(c->st==-1)return;if(c->st<3)inflight--; if(c->st==3)nsynced--; close(c->fd);c->st=-1;ndead++;}
static void conn_write(Conn*c,const u8*b,size_t n){ if(c->st==-1)return;
  if(c->wl==c->wo){ssize_t k=write(c->fd,b,n);if(k<0){if(errno!=EAGAIN){kill_conn(c);return;}k=0;}if((size_t)k==n)return;b+=k;n-=k;c->wl=c->wo=0;}
  if(c->wl+n>c->wc){c->wc=(c->wl+n)*2+4096;c->wb=realloc(c->wb,c->wc);}memcpy(c->wb+c->wl,b,n);c->wl+=n;if(!c->inw){c->inw=1;ep_mod(c,1);}}
static u8 sb[1<<23];
static size_t varu(u8*p,u64 v){size_t i=0;while(v>127){p[i++]=128|(v&127);v>>=7;}p[i++]=v;return i;}
// --names FILE: one room (and its query, if it needs one) per line, for hubs where a room must exist before it is entered
static char**names=0; static int nnames=0;
static void load_names(const char*fn){FILE*f=fopen(fn,"r");if(!f)die("no %s",fn);char l[640];while(fgets(l,sizeof l,f)){l[strcspn(l,"\n")]=0;names=realloc(names,(nnames+1)*sizeof*names);names[nnames++]=strdup(l);}fclose(f);}
static void roomname(char*o,int room){if(names){if(room>=nnames)die("%d rooms, but only %d names",room+1,nnames);strcpy(o,names[room]);}else sprintf(o,"%s%d",tag,room);}
static void ws_send(Conn*c,int op,const u8*pl,size_t n){u8*h=sb;size_t i=0;h[i++]=0x80|op;if(n<126)h[i++]=0x80|n;else if(n<65536){h[i++]=0x80|126;h[i++]=n>>8;h[i++]=n;}else{h[i++]=0x80|127;for(int k=7;k>=0;k--)h[i++]=(u64)n>>(8*k);}
  memset(h+i,0,4);i+=4;memcpy(h+i,pl,n);conn_write(c,sb,i+n);}
static size_t pfx(Conn*c,u8*o){if(!hoc)return 0;char nm[640];roomname(nm,c->room);size_t l=strlen(nm),i=varu(o,l);memcpy(o+i,nm,l);return i+l;}
static void send_sync(Conn*c,int sub,const u8*u,size_t n){static u8*b=0;static size_t cap=0;if(cap<n+128){cap=n+4096;b=realloc(b,cap);}size_t i=pfx(c,b);b[i++]=0;b[i++]=sub;i+=varu(b+i,n);memcpy(b+i,u,n);ws_send(c,2,b,i+n);}
static void send_aware(Conn*c,u32 clock){static u8 b[1<<17];static char js[1<<17];int jl=sprintf(js,"{\"user\":{\"name\":\"user %d\",\"color\":\"#30bced\"},\"cursor\":{\"anchor\":%u,\"head\":%u}}",c->member,clock,clock);if(aware_pad){jl--;jl+=sprintf(js+jl,",\"pad\":\"");memset(js+jl,120,aware_pad);jl+=aware_pad;jl+=sprintf(js+jl,"\"}");}static u8 a[1<<17];size_t k=0;k+=varu(a,1);k+=varu(a+k,(u64)5000000+c->room*200+c->member);k+=varu(a+k,clock);k+=varu(a+k,jl);memcpy(a+k,js,jl);k+=jl;size_t i=pfx(c,b);b[i++]=1;i+=varu(b+i,k);memcpy(b+i,a,k);ws_send(c,2,b,i+k);}
static void ws_opened(Conn*c){c->st=2;u8 z=0;if(hoc){u8 b[256];size_t i=pfx(c,b);b[i++]=2;b[i++]=0;size_t l=strlen(token);i+=varu(b+i,l);memcpy(b+i,token,l);i+=l;const char*v="4.7.0";b[i++]=5;memcpy(b+i,v,5);i+=5;ws_send(c,2,b,i);}
  else send_sync(c,0,&z,1);}
// ---------- update parsing
static int perr=0;
static inline u64 rv(const u8**p,const u8*e){u64 v=0;int s=0;while(*p<e){u8 x=*(*p)++;v|=(u64)(x&127)<<s;s+=7;if(x<128)return v;}perr=1;return 0;}
static u64 strunits(const u8*p,u64 n){u64 u=0;for(u64 i=0;i<n;i++){u8 x=p[i];if((x&0xC0)!=0x80){u++;if(x>=0xF0)u++;}}return u;}
static double rnow;
static u32*ready;static u32 nready=0;
static void got(Conn*c,int r,int idx){Conn*w=&C[c->room*members+r];if(closed_mode&&c->member==(r+1)%members)ready[nready++]=w-C;u32 us=w->sent[idx];double ts=T0+us*1e-6;n_deliv_all++;if(ts>=m0&&ts<m1){n_deliv++;hadd((rnow-ts)*1e6);}}
static u64 last_clock999;
static void on_update(Conn*c,const u8*p,size_t n,int full){const u8*e=p+n;u64 ncl=rv(&p,e);n_upd_frames++;
  for(u64 i=0;i<ncl&&!perr;i++){u64 ns=rv(&p,e),cl=rv(&p,e),ck=rv(&p,e);u64 start=ck;
    for(u64 k=0;k<ns&&!perr;k++){if(p>=e){perr=1;return;}u8 info=*p++;int ref=info&31;u64 len=1;
      if(ref==0||ref==10)len=rv(&p,e);else{ if(info&0x80){rv(&p,e);rv(&p,e);} if(info&0x40){rv(&p,e);rv(&p,e);}
        if(!(info&0xC0)){if(rv(&p,e)==1){u64 l=rv(&p,e);p+=l;}else{rv(&p,e);rv(&p,e);} if(info&0x20){u64 l=rv(&p,e);p+=l;}}
        switch(ref){case 1:len=rv(&p,e);break;case 4:{u64 l=rv(&p,e);if(p+l>e){perr=1;return;}len=strunits(p,l);p+=l;break;}
          case 3:case 5:{u64 l=rv(&p,e);p+=l;break;} default: if(full){perr=0;return;} perr=1;return;}}
      ck+=len;}
    if(cl==999)last_clock999=ck;
    if(cl>=1000&&cl<1000+(u64)nrole){int r=cl-1000;if(c->seen){if(c->member==r&&r<writers){n_echo++;}else{u32 a=start>c->seen[r]?start:c->seen[r];if(ck>c->seen[r])c->seen[r]=ck;if(!full&&r<writers)for(u32 x=a;x<ck;x++)if(x<=role[r].maxclock&&role[r].ins_idx[x]>=0)got(c,r,role[r].ins_idx[x]);}
    }}}
  if(full||perr)return;
  u64 nd=rv(&p,e);for(u64 i=0;i<nd&&!perr;i++){u64 cl=rv(&p,e),m=rv(&p,e);for(u64 k=0;k<m&&!perr;k++){u64 ck=rv(&p,e),l=rv(&p,e);
    if(cl>=1000&&cl<1000+(u64)nrole){int r=cl-1000;if(c->member!=r&&r<writers)for(u64 x=ck;x<ck+l;x++)if(x<=role[r].maxclock&&role[r].del_idx[x]>=0)got(c,r,role[r].del_idx[x]);}}}
}
static u8 empty_upd[2]={0,0};
static void on_msg(Conn*c,const u8*p,size_t n){const u8*e=p+n;n_frames++;
  if(hoc){u64 l=rv(&p,e);p+=l;}
  if(p>=e)return;
  u64 t=rv(&p,e);
  if(t==0||(hoc&&t==4)){if(p>=e)return;u64 s=rv(&p,e);u64 l=rv(&p,e);if(p+l>e){perr=1;return;}
    if(s==0){send_sync(c,1,empty_upd,2);}
    else if(s==1){ if(c->st==2){c->st=3;c->tsync=now_s();nsynced++;inflight--;if(aware)send_aware(c,1);} on_update(c,p,l,1);}
    else if(s==2){on_update(c,p,l,0);}
  }else if(t==1)n_aware++;
  else if(hoc&&t==2){u64 s=rv(&p,e);if(s==2){u8 z=0;send_sync(c,0,&z,1);}else if(s==1)die("permission denied");}
  else if(hoc&&t==8){n_ack++;c->acks++;}
}
static void handle(Conn*c,u8*b,size_t n,size_t*used){size_t o=0;
  if(c->st==1){u8*q=memmem(b,n,"\r\n\r\n",4);if(!q){*used=0;return;}if(n<12||memcmp(b+9,"101",3)){b[n<200?n-1:199]=0;fprintf(stderr,"bad upgrade: %s\n",b);kill_conn(c);*used=n;return;}o=q+4-b;ws_opened(c);}
  while(c->st!=-1&&n-o>=2){u8*h=b+o;u64 l=h[1]&127;size_t hl=2;if(l==126){if(n-o<4)break;l=h[2]<<8|h[3];hl=4;}else if(l==127){if(n-o<10)break;l=0;for(int k=0;k<8;k++)l=l<<8|h[2+k];hl=10;}
    if(h[1]&0x80)die("masked server frame");
    if(n-o<hl+l)break;int op=h[0]&15,fin=h[0]>>7;u8*pl=h+hl;
    if(h[0]&0x70)die("rsv bits");
    if(op==9){ws_send(c,10,pl,l);}else if(op==8){kill_conn(c);}else if(op==2||op==1||op==0){
      if(!fin||op==0){if(c->fl+l>c->fc){c->fc=(c->fl+l)*2;c->fb=realloc(c->fb,c->fc);}memcpy(c->fb+c->fl,pl,l);c->fl+=l;if(fin){size_t k=c->fl;c->fl=0;on_msg(c,c->fb,k);}}
      else on_msg(c,pl,l);}
    o+=hl+l;if(perr)die("parse error room %d member %d frame len %lu first bytes %02x %02x %02x",c->room,c->member,l,pl[0],pl[1],pl[2]);}
  *used=o;}
static u8 rbuf[1<<20];
static void on_readable(Conn*c){ssize_t k=read(c->fd,rbuf,sizeof rbuf);if(k<=0){if(k<0&&errno==EAGAIN)return;kill_conn(c);return;}rnow=now_s();n_bytes+=k;c->bytes+=k;size_t used;
  if(c->rl==0){handle(c,rbuf,k,&used);if(c->st!=-1&&used<(size_t)k){size_t m=k-used;if(m>c->rc){c->rc=m*2;c->rb=realloc(c->rb,c->rc);}memcpy(c->rb,rbuf+used,m);c->rl=m;}}
  else{if(c->rl+k>c->rc){c->rc=(c->rl+k)*2;c->rb=realloc(c->rb,c->rc);}memcpy(c->rb+c->rl,rbuf,k);c->rl+=k;handle(c,c->rb,c->rl,&used);if(c->st!=-1&&used){memmove(c->rb,c->rb+used,c->rl-used);c->rl-=used;}}}
static void on_writable(Conn*c){if(c->st==0){int er=0;socklen_t l=sizeof er;getsockopt(c->fd,SOL_SOCKET,SO_ERROR,&er,&l);if(er){kill_conn(c);return;}c->st=1;char rn[640],pa[800],rq[1600];roomname(rn,c->room);snprintf(pa,sizeof pa,pathfmt,rn);int n=snprintf(rq,sizeof rq,"GET %s%s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",pa,extraq,host,port);ep_mod(c,0);conn_write(c,(u8*)rq,n);return;}
  while(c->wl>c->wo){ssize_t k=write(c->fd,c->wb+c->wo,c->wl-c->wo);if(k<0){if(errno==EAGAIN)return;kill_conn(c);return;}c->wo+=k;}
  c->wl=c->wo=0;c->inw=0;ep_mod(c,0);}
static void start_conn(Conn*c){c->fd=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0);if(c->fd<0)die("socket: %s",strerror(errno));int one=1;setsockopt(c->fd,IPPROTO_TCP,TCP_NODELAY,&one,sizeof one);struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port)};inet_pton(AF_INET,host,&a.sin_addr);c->t0=now_s();c->st=0;c->bytes=0;c->rl=c->wl=c->wo=c->fl=0;c->inw=0;inflight++;
  if(connect(c->fd,(struct sockaddr*)&a,sizeof a)<0&&errno!=EINPROGRESS)die("connect %s",strerror(errno));struct epoll_event e={.events=EPOLLIN|EPOLLOUT,.data.u32=c-C};epoll_ctl(ep,EPOLL_CTL_ADD,c->fd,&e);}
static void poll_once(double timeout){struct epoll_event ev[512];struct timespec ts;if(timeout<0)timeout=0;ts.tv_sec=(time_t)timeout;ts.tv_nsec=(timeout-ts.tv_sec)*1e9;int n=epoll_pwait2(ep,ev,512,&ts,0);
  for(int i=0;i<n;i++){Conn*c=&C[ev[i].data.u32];if(c->st==-1)continue;if(ev[i].events&EPOLLOUT)on_writable(c);if(c->st!=-1&&c->st!=0&&(ev[i].events&(EPOLLIN|EPOLLHUP|EPOLLERR)))on_readable(c);else if(c->st==0&&(ev[i].events&(EPOLLHUP|EPOLLERR)))kill_conn(c);}}
static void establish(int a,int b,double tmax){double end=now_s()+tmax;int nx=a;while(1){while(nx<b&&inflight<conc)start_conn(&C[nx++]);if(nx==b&&inflight==0)break;if(now_s()>end)die("establish timed out: %d synced, %d in flight, %d dead",nsynced,inflight,ndead);poll_once(0.05);if(ndead>0&&strcmp(mode,"durable"))die("connection died while establishing");}}
static void pump(double s){double e=now_s()+s;double t;while((t=now_s())<e)poll_once(e-t);}
// ---------- cpu/rss
static double srv_cpu(void){double s=0;for(int i=0;i<npid;i++){char d[64];sprintf(d,"/proc/%d/task",pids[i]);DIR*D=opendir(d);if(!D)continue;struct dirent*x;while((x=readdir(D))){if(x->d_name[0]=='.')continue;char f[400];snprintf(f,sizeof f,"/proc/%d/task/%s/schedstat",pids[i],x->d_name);FILE*q=fopen(f,"r");if(!q)continue;unsigned long long v=0;if(fscanf(q,"%llu",&v)!=1)v=0;fclose(q);s+=v*1e-9;}closedir(D);}return s;}
static double srv_sys(void){double s=0;for(int i=0;i<npid;i++){char f[64];sprintf(f,"/proc/%d/stat",pids[i]);FILE*q=fopen(f,"r");if(!q)continue;char b[2048];size_t k=fread(b,1,2047,q);b[k]=0;fclose(q);char*p=strrchr(b,')');unsigned long ut,st;if(p&&sscanf(p+2,"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",&ut,&st)==2)s+=st/100.0;}return s;}
static long srv_rss(void){long s=0;for(int i=0;i<npid;i++){char f[64];sprintf(f,"/proc/%d/smaps_rollup",pids[i]);FILE*q=fopen(f,"r");if(!q)continue;char l[256];while(fgets(l,256,q)){long v;if(sscanf(l,"Pss: %ld",&v)==1){s+=v;break;}}fclose(q);}return s;}
static double my_cpu(void){struct rusage r;getrusage(RUSAGE_SELF,&r);return r.ru_utime.tv_sec+r.ru_utime.tv_usec*1e-6+r.ru_stime.tv_sec+r.ru_stime.tv_usec*1e-6;}
// ---------- load phase
static int*order;static int nw;static u64 evi=0;
static double rnd(void){return (random()+1.0)/2147483649.0;}
static void send_update(Conn*c,double sched){if(c->st!=3)return;Role*R=&role[c->role];if(c->pos>=R->n){return;}double t=now_s();c->sent[c->pos]=(u32)((t-T0)*1e6);if(recording){double lt=(t-sched)*1e6;HL[hidx(lt)]++;HLn++;n_sent_w++;}u32 i=c->pos++;n_sent++;send_sync(c,2,R->p[i],R->len[i]);}
static double nextev;static double next_aw=0;static u32 awc=2;
static void load_until(double end,double r){double t;while((t=now_s())<end){int k=0;while(nextev<=t&&k<2000){send_update(&C[order[evi++%nw]],nextev);nextev+=poisson?-log(rnd())/r:1.0/r;k++;if((k&15)==0)t=now_s();}
    if(aware_rate>0){int z=0;while(next_aw<=t&&z<500){Conn*c=&C[order[random()%nw]];if(c->st==3)send_aware(c,awc++);next_aw+=1.0/aware_rate;z++;}}
    double w=nextev-now_s();if(w>end-t)w=end-t;if(aware_rate>0&&next_aw-t<w)w=next_aw-t;poll_once(w);}}
static void closed_until(double end){double t;while((t=now_s())<end){poll_once(end-t);u32 n=nready;static u32 tmp[1<<20];memcpy(tmp,ready,4*n);nready=0;double q=now_s();for(u32 i=0;i<n;i++)send_update(&C[tmp[i]],q);}}
static void reset(void){memset(H,0,sizeof H);Hn=0;memset(HL,0,sizeof HL);HLn=0;Hmax=0;n_deliv=n_deliv_all=n_frames=n_bytes=n_echo=n_ack=n_sent=n_upd_frames=n_sent_w=n_aware=0;}
static void step_closed(double wm,double du){ready=malloc(4u<<20);nready=0;closed_mode=1;m0=1e18;m1=-1;for(int k=0;k<inflightk;k++)for(int i=0;i<nw;i++){send_update(&C[order[i]],now_s());if((i&31)==31)poll_once(0);}
  closed_until(now_s()+wm);reset();double c0=srv_cpu(),s0=srv_sys(),g0=my_cpu(),t0=now_s();m0=t0;m1=1e18;closed_until(t0+du);double c1=srv_cpu(),s1=srv_sys(),g1=my_cpu(),t1=now_s(),el=t1-t0,cpu=c1-c0;int full=0;for(int i=0;i<nw;i++)if(C[order[i]].pos>=role[C[order[i]].role].n)full=1;
  printf("{\"label\":\"%s\",\"mode\":\"closed\",\"rooms\":%d,\"members\":%d,\"writers\":%d,\"inflight\":%d,\"sent_s\":%.0f,\"deliv_s\":%.0f,\"deliv_per_cpu_s\":%.0f,\"upd_per_cpu_s\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.1f,\"srv_cpu_ms_per_k\":%.3f,\"srv_cpu_pct\":%.1f,\"srv_sys_pct\":%.1f,\"gen_cpu_pct\":%.1f,\"frames_s\":%.0f,\"bytes_s\":%.0f,\"pss_kb\":%ld,\"dead\":%d,\"exhausted\":%d}\n",label,rooms,members,writers,inflightk,n_sent/el,n_deliv_all/el,n_deliv_all/cpu,n_sent/cpu,hq(H,Hn,.5)/1e3,hq(H,Hn,.99)/1e3,Hmax/1e3,cpu*1e6/(n_deliv_all?n_deliv_all:1),cpu/el*100,(s1-s0)/el*100,(g1-g0)/el*100,n_frames/el,n_bytes/el,srv_rss(),ndead,full);fflush(stdout);}
static int step(double r,double wm,double du,int quiet){nextev=now_s();next_aw=nextev;m0=1e18;m1=-1;reset();load_until(now_s()+wm,r);reset();double c0=srv_cpu(),s0=srv_sys(),g0=my_cpu(),t0=now_s();m0=t0;m1=t0+du;recording=1;load_until(t0+du,r);recording=0;double c1=srv_cpu(),s1=srv_sys(),g1=my_cpu(),t1=now_s();
  u64 expect=n_sent_w*(members-1);u64 in_window=n_deliv_all;u64 frames=n_frames,bytes=n_bytes,echo=n_echo,acks=n_ack,upf=n_upd_frames,aw=n_aware;
  double de=now_s()+2.0;while(n_deliv<expect&&now_s()<de)poll_once(0.01);
  double el=t1-t0,cpu=c1-c0;double p99=hq(H,Hn,.99)/1e3;
  int full=0;for(int i=0;i<nw;i++)if(C[order[i]].pos>=role[C[order[i]].role].n)full=1;
  int ok=p99<p99lim*1e3&&n_deliv>=expect*0.98&&in_window>=expect*0.93&&!full;
  printf("{\"label\":\"%s\",\"mode\":\"%s\",\"rooms\":%d,\"members\":%d,\"writers\":%d,\"rate\":%.0f,\"ok\":%d,\"sent_s\":%.1f,\"expect_s\":%.1f,\"deliv_s\":%.1f,\"lost\":%ld,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.2f,\"srv_cpu_ms_per_k\":%.3f,\"srv_cpu_pct\":%.1f,\"srv_sys_pct\":%.1f,\"gen_cpu_pct\":%.1f,\"gen_late_p99_ms\":%.3f,\"frames_s\":%.0f,\"updframes_s\":%.0f,\"bytes_s\":%.0f,\"echo_s\":%.0f,\"acks_s\":%.0f,\"aware_s\":%.0f,\"pss_kb\":%ld,\"dead\":%d,\"exhausted\":%d}\n",
    label,mode,rooms,members,writers,r,ok,n_sent_w/el,expect/el,in_window/el,(long)expect-(long)n_deliv,hq(H,Hn,.5)/1e3,hq(H,Hn,.9)/1e3,p99,hq(H,Hn,.999)/1e3,Hmax/1e3,in_window?cpu*1e6/in_window:0,cpu/el*100,(s1-s0)/el*100,(g1-g0)/el*100,hq(HL,HLn,.99)/1e3,frames/el,upf/el,bytes/el,echo/el,acks/el,aw/el,srv_rss(),ndead,full);fflush(stdout);return ok;}
static int cmpd(const void*a,const void*b){double x=*(double*)a,y=*(double*)b;return x<y?-1:x>y;}
int main(int ac,char**av){signal(SIGPIPE,SIG_IGN);
  for(int i=1;i<ac;i++){char*a=av[i];char*v=i+1<ac?av[i+1]:"";
#define O(s) if(!strcmp(a,s)&&(++i))
    O("--host")strcpy(host,v);else O("--port")port=atoi(v);else O("--proto")hoc=!strcmp(v,"hoc");else O("--path")strcpy(pathfmt,v);else O("--tag")strcpy(tag,v);else O("--names")load_names(v);else O("--rooms")rooms=atoi(v);else O("--members")members=atoi(v);else O("--writers")writers=atoi(v);else O("--rate")rate=atof(v);else O("--warm")warm=atof(v);else O("--dur")dur=atof(v);else O("--settle")settle=atof(v);else O("--arrival")poisson=!strcmp(v,"poisson");else O("--mode")strcpy(mode,v);else O("--pid"){char*s=strdup(v);for(char*q=strtok(s,",");q;q=strtok(0,","))pids[npid++]=atoi(q);}else O("--preload")preload=v;else O("--aware")aware=atoi(v);else O("--aware-rate")aware_rate=atof(v);else O("--label")strcpy(label,v);else O("--start")start_rate=atof(v);else O("--max")max_rate=atof(v);else O("--joins")joins=atoi(v);else O("--burst")burst=atoi(v);else O("--kill-after")kill_after=atof(v);else O("--restart")restart_cmd=v;else O("--hold")hold=atof(v);else O("--data")strcpy(datadir,v);else O("--conc")conc=atoi(v);else O("--token")token=v;else O("--p99")p99lim=atof(v);else O("--steps")searchsteps=atoi(v);else O("--query")extraq=v;else O("--inflight")inflightk=atoi(v);else O("--stall")stall=atoi(v);else O("--aware-pad")aware_pad=atoi(v);else die("bad option %s",a);}
  struct rlimit rl={65536,65536};setrlimit(RLIMIT_NOFILE,&rl);
  ep=epoll_create1(0);nrole=writers>10?10:writers;if(nrole<1)nrole=1;for(int r=0;r<nrole;r++){char f[300];sprintf(f,"%s/role%d.bin",datadir,r);load_role(r,f);}
  if(writers>nrole)die("at most 10 writers per room");
  int total=rooms*members,extra=200+joins+burst;C=calloc(total+extra+rooms,sizeof(Conn));T0=now_s();srandom(7);
  for(int r=0;r<rooms;r++)for(int m=0;m<members;m++){Conn*c=&C[r*members+m];c->room=r;c->member=m;c->seen=calloc(nrole,4);c->role=-1;if(m<writers){c->role=m;c->sent=malloc(4*(size_t)role[m].n);}}
  nw=rooms*writers;order=malloc(4*(nw+1));int k=0;for(int r=0;r<rooms;r++)for(int w=0;w<writers;w++)order[k++]=r*members+w;for(int i=nw-1;i>0;i--){int j=random()%(i+1);int t=order[i];order[i]=order[j];order[j]=t;}
  u8*pre=0;size_t pn=0;if(preload){FILE*f=fopen(preload,"rb");if(!f)die("no preload");fseek(f,0,2);pn=ftell(f);rewind(f);pre=malloc(pn);if(fread(pre,1,pn,f)!=pn)die("rd");fclose(f);}
  long rss0=srv_rss();double ce0=srv_cpu();
  if(!strcmp(mode,"join")){ // conn 0 uploads the document, then late joiners
    establish(0,1,10);pump(.3);
    u64 want=0;
    if(pre){send_sync(&C[0],2,pre,pn);pump(2.0);}
    double cu=srv_cpu()-ce0;
    double*lat=malloc(8*joins);u64 bytes=0;double c0=srv_cpu();u64 okc=0;
    for(int j=0;j<joins;j++){Conn*c=&C[total+j];c->room=0;c->member=50;c->role=-1;last_clock999=0;start_conn(c);double e=now_s()+20;while(c->st!=3&&c->st!=-1&&now_s()<e)poll_once(.05);if(c->st!=3)die("join failed");double tt=c->tsync;
      double e2=now_s()+5;while(last_clock999==0&&now_s()<e2){poll_once(.05);tt=now_s();} // servers that sync empty first
      lat[j]=(tt-c->t0)*1e3;bytes=c->bytes;if(!want)want=last_clock999;if(last_clock999==want&&want>0)okc++;pump(.02);kill_conn(c);ndead=0;pump(.05);}
    double c1=srv_cpu();qsort(lat,joins,8,cmpd);
    double bc0=srv_cpu();double tb=now_s();for(int j=0;j<burst;j++){Conn*c=&C[total+joins+j];c->room=0;c->member=50;c->role=-1;start_conn(c);}
    double e=now_s()+60;int done=0;while(done<burst&&now_s()<e){poll_once(.05);done=0;for(int j=0;j<burst;j++)done+=C[total+joins+j].st==3;}
    double tbe=now_s()-tb;double bc1=srv_cpu();pump(1);
    printf("{\"label\":\"%s\",\"mode\":\"join\",\"doc_clock\":%lu,\"ok_joins\":%lu,\"joins\":%d,\"join_p50_ms\":%.2f,\"join_min_ms\":%.2f,\"join_max_ms\":%.2f,\"bytes\":%lu,\"cpu_ms_per_join\":%.3f,\"burst\":%d,\"burst_done\":%d,\"burst_ms\":%.1f,\"burst_cpu_ms_per_join\":%.3f,\"upload_cpu_ms\":%.1f,\"pss_kb_before\":%ld,\"pss_kb_after\":%ld}\n",label,want,okc,joins,lat[joins/2],lat[0],lat[joins-1],bytes,(c1-c0)*1e3/joins,burst,done,tbe*1e3,(bc1-bc0)*1e3/burst,cu*1e3,rss0,srv_rss());return 0;}
  double te=now_s();establish(0,total,120);te=now_s()-te;
  if(pre){for(int r=0;r<rooms;r++){send_sync(&C[r*members],2,pre,pn);}pump(2);}
  pump(settle);
  if(!strcmp(mode,"idle")){double c1=srv_cpu();long r1=srv_rss();double i0=srv_cpu();pump(hold);double i1=srv_cpu();long r2=srv_rss();printf("{\"label\":\"%s\",\"mode\":\"idle\",\"conns\":%d,\"rooms\":%d,\"synced\":%d,\"dead\":%d,\"connect_s\":%.2f,\"conn_per_s\":%.0f,\"cpu_ms_per_conn\":%.3f,\"pss_kb_before\":%ld,\"pss_kb_after\":%ld,\"pss_kb_hold\":%ld,\"kb_per_conn\":%.1f,\"idle_cpu_pct\":%.2f}\n",label,total,rooms,nsynced,ndead,te,total/te,(c1-ce0)*1e3/total,rss0,r1,r2,(double)(r2-rss0)/total,(i1-i0)/hold*100);return 0;}
  if(stall){for(int i=0;i<stall;i++){Conn*c=&C[total-1-i];struct epoll_event e={.events=0,.data.u32=c-C};epoll_ctl(ep,EPOLL_CTL_MOD,c->fd,&e);}}
  if(!strcmp(mode,"closed")){step_closed(warm,dur);return 0;}
  if(!strcmp(mode,"run")){step(rate,warm,dur,0);return 0;}
  if(!strcmp(mode,"search")){double lo=0,hi=0,r=start_rate;int n=0;while(n++<searchsteps){int ok=step(r,warm,dur,1);pump(.5);if(ndead){fprintf(stderr,"dead conns\n");}
      if(!ok){m1=-1;double e=now_s()+8;u64 last=0;while(now_s()<e){last=n_frames;pump(.5);if(n_frames==last)break;}}
      if(ok){lo=r;if(hi==0)r*=1.6;}else hi=r; if(r>max_rate)break; if(hi>0){if(hi/ (lo>0?lo:1)<1.07||lo==0&&r<start_rate/20)break;r=lo>0?(lo+hi)/2:hi/2;}}
    printf("{\"label\":\"%s\",\"mode\":\"search_result\",\"rooms\":%d,\"members\":%d,\"writers\":%d,\"max_updates_s\":%.0f,\"max_deliv_s\":%.0f}\n",label,rooms,members,writers,lo,lo*(members-1));return 0;}
  if(!strcmp(mode,"durable")){ // load, kill -9 the server in mid-load, restart, count what survived
    step(rate,warm,dur,0);nextev=now_s();m0=1e18;m1=-1;u64 ks=n_sent;load_until(now_s()+kill_after,rate);(void)ks;
    for(int i=0;i<npid;i++)kill(pids[i],SIGKILL);double tk=now_s();
    double e=now_s()+1.5;while(now_s()<e)poll_once(.05);
    // delivered frontier per room and writer (max over readers), sent frontier, acked frontier
    u64 sent=0,deliv=0,acked=0;u32*D=calloc(rooms*writers,4);
    for(int r=0;r<rooms;r++)for(int w=0;w<writers;w++){u32 mx=0;for(int m=0;m<members;m++)if(m!=w&&C[r*members+m].seen[w]>mx)mx=C[r*members+m].seen[w];D[r*writers+w]=mx;deliv+=mx;Conn*c=&C[r*members+w];u32 sc=0;for(u32 i=0;i<c->pos;i++)if(role[w].kind[i]==0)sc=role[w].clock[i]+1;sent+=sc;acked+=c->acks;}
    for(int i=0;i<total;i++)kill_conn(&C[i]);ndead=0;nsynced=0;inflight=0;
    int rc=restart_cmd?system(restart_cmd):0;
    double up=now_s();int okc=0;while(now_s()-up<20){int s=socket(AF_INET,SOCK_STREAM,0);struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port)};inet_pton(AF_INET,host,&a.sin_addr);if(connect(s,(struct sockaddr*)&a,sizeof a)==0){okc=1;close(s);break;}close(s);usleep(100000);}
    if(!okc)die("server did not come back (rc %d)",rc);
    pump(.5);int b=total+extra;for(int r=0;r<rooms;r++){Conn*c=&C[b+r];c->room=r;c->member=50;c->role=-1;c->seen=calloc(nrole,4);}
    establish(b,b+rooms,60);pump(4);
    u64 lost=0,have=0;int rooms_lost=0,rooms_empty=0;u32 maxlost=0;for(int r=0;r<rooms;r++){u32 rl=0,hv=0;for(int w=0;w<writers;w++){u32 d=D[r*writers+w],s=C[b+r].seen[w];have+=s;hv+=s;if(s<d){rl+=d-s;}}if(hv==0)rooms_empty++;lost+=rl;if(rl)rooms_lost++;if(rl>maxlost)maxlost=rl;}
    printf("{\"label\":\"%s\",\"mode\":\"durable_kill\",\"rooms\":%d,\"rate\":%.0f,\"inserts_sent\":%lu,\"inserts_delivered\":%lu,\"inserts_after_restart\":%lu,\"delivered_lost\":%lu,\"lost_seconds\":%.3f,\"rooms_with_loss\":%d,\"rooms_empty\":%d,\"max_lost_in_room\":%u}\n",label,rooms,rate,sent,deliv,have,lost,lost/rate,rooms_lost,rooms_empty,maxlost);(void)tk;(void)acked;return 0;}
  die("mode?");}
