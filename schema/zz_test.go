package schema
import ("testing";"os";"fmt")
func TestZZ(t *testing.T){ for _,f:=range officialForms{ for _,l:=range []string{"en","fr"}{ raw,_:=os.ReadFile(samples+"eur-lex/"+f.act+"."+l+".fmx4.xml"); ls:=annexLines(t,raw,f.annex); fmt.Println(f.name,l,len(ls)); s:=""; for i,x:=range ls{ s+=fmt.Sprintf("%d\t%s\t%s\n",i+1,lineDigest(x),x)}; os.WriteFile("/tmp/gen/"+f.name+"."+l+".lines",[]byte(s),0o644)}} }
