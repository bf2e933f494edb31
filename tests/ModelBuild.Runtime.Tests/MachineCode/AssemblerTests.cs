using Iced.Intel;
using Address = ModelBuild.Runtime.Cpu.Assembler.Address;
using Assembler = ModelBuild.Runtime.Cpu.Assembler;
using Target = ModelBuild.Runtime.Cpu.Assembler.Register;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>Every instruction with every register and every form of address, against what a decoder makes of it.</summary>
public sealed class AssemblerTests
{
    private static readonly Target[] s_bases = Enum.GetValues<Target>();
    private static readonly int[] s_displacements = [0, 4, 8, 60, 64, 127, 128, 508, 512, 8128, 8192, -4, -64, -8192, -100_000, 6144];

    private static readonly (string Name, Action<Assembler, int, int, int> Write)[] s_threeOperands =
    [
        ("vpunpcklbw", (a, target, first, second) => a.InterleaveLowBytes(target, first, second)),
        ("vpunpckhbw", (a, target, first, second) => a.InterleaveHighBytes(target, first, second)),
        ("vpunpcklwd", (a, target, first, second) => a.InterleaveLowWords(target, first, second)),
        ("vpunpckhwd", (a, target, first, second) => a.InterleaveHighWords(target, first, second)),
        ("vmulps", (a, target, left, right) => a.Multiply(target, left, right)),
        ("vmaxps", (a, target, left, right) => a.Maximum(target, left, right)),
        ("vminps", (a, target, left, right) => a.Minimum(target, left, right)),
        ("vpackssdw", (a, target, low, high) => a.PackInt32(target, low, high)),
        ("vpackuswb", (a, target, low, high) => a.PackInt16(target, low, high)),
        ("vpermd", (a, target, indices, source) => a.PermuteInt32(target, indices, source)),
        ("vpmaddwd", (a, target, left, right) => a.PairProducts(target, left, right)),
        ("vfmadd231ps", (a, sums, left, right) => a.AddProducts(sums, left, right)),
        ("vpdpbusd", (a, sums, unsigned, signed) => a.DotProducts(sums, unsigned, signed)),
    ];

    private static readonly (string Name, Action<Assembler, int, int> Write)[] s_twoOperands =
    [
        ("vpaddd", (a, target, source) => a.AddInt32(target, source)),
        ("vpaddw", (a, target, source) => a.AddInt16(target, source)),
        ("vaddps", (a, target, source) => a.AddFloat32(target, source)),
        ("vsubps", (a, target, source) => a.SubtractFloat32(target, source)),
        ("vpsubd", (a, target, source) => a.SubtractInt32(target, source)),
        ("vpmaxub", (a, target, source) => a.MaximumBytes(target, source)),
    ];

    private static readonly (int Bytes, string Register, string Extract)[] s_parts =
        [(16, "xmm", "vextracti32x4"), (32, "ymm", "vextracti64x4")];

    [Fact]
    public void GeneralInstructions_AnyRegistersAndAddress_AreWhatTheirNamesSay()
    {
        foreach (Target register in Enum.GetValues<Target>())
        {
            foreach (Address address in Addresses())
            {
                Expect(a => a.Load(register, address), $"mov {Name(register)},[{Text(address)}]");
                Expect(a => a.LoadInt32(register, address), $"mov {Name32(register)},[{Text(address)}]");
                Expect(a => a.LoadUInt16(register, address), $"movzx {Name32(register)},word ptr [{Text(address)}]");
                Expect(a => a.SubtractInt32(register, address), $"sub {Name32(register)},[{Text(address)}]");
                Expect(a => a.Store(address, register), $"mov [{Text(address)}],{Name(register)}");
                Expect(a => a.StoreInt32(address, register), $"mov [{Text(address)}],{Name32(register)}");
                Expect(a => a.Add(register, address), $"add {Name(register)},[{Text(address)}]");
                Expect(a => a.DecrementInt32(address), $"dec dword ptr [{Text(address)}]");
            }

            foreach (Target other in Enum.GetValues<Target>())
            {
                Expect(a => a.Move(register, other), $"mov {Name(register)},{Name(other)}");
            }

            Expect(a => a.Add(register, 4660), $"add {Name(register)},4660");
            Expect(a => a.Add(register, -2), $"add {Name(register)},-2");
            Expect(a => a.ShiftLeft(register, 6), $"shl {Name(register)},6");
            Expect(a => a.TestInt32(register), $"test {Name32(register)},{Name32(register)}");
        }
    }

    [Fact]
    public void VectorInstructions_AnyRegistersAndAddress_AreWhatTheirNamesSay()
    {
        for (int vector = 0; vector < 32; vector++)
        {
            foreach (Address address in Addresses())
            {
                Expect(a => a.LoadVector(vector, address), $"vmovdqu32 zmm{vector},[{Text(address)}]");
                Expect(a => a.StoreVector(address, vector), $"vmovdqu32 [{Text(address)}],zmm{vector}");
                Expect(a => a.WidenBytes(vector, address), $"vpmovzxbd zmm{vector},[{Text(address)}]");
                Expect(a => a.Choose(vector, 31 - vector, address), $"vpermi2d zmm{vector},zmm{31 - vector},[{Text(address)}]");
                Expect(a => a.DotProducts(vector, 31 - vector, address), $"vpdpbusd zmm{vector},zmm{31 - vector},[{Text(address)}]");
                Expect(a => a.BroadcastInt32(vector, address), $"vpbroadcastd zmm{vector},[{Text(address)}]");
                Expect(a => a.LoadMasked(vector, address), $"vmovdqu8 zmm{vector}{{k1}}{{z}},[{Text(address)}]");
                Expect(a => a.Multiply(vector, 31 - vector, address), $"vmulps zmm{vector},zmm{31 - vector},[{Text(address)}]");
                Expect(a => a.AddFloat32(vector, address), $"vaddps zmm{vector},zmm{vector},[{Text(address)}]");
                Expect(a => a.AddInt32(vector, address), $"vpaddd zmm{vector},zmm{vector},[{Text(address)}]");
                Expect(a => a.PairProducts(vector, 31 - vector, address), $"vpmaddwd zmm{vector},zmm{31 - vector},[{Text(address)}]");
                Expect(
                    a => a.InterleaveLowBytes(vector, 31 - vector, address), $"vpunpcklbw zmm{vector},zmm{31 - vector},[{Text(address)}]");
                Expect(
                    a => a.InterleaveHighBytes(vector, 31 - vector, address), $"vpunpckhbw zmm{vector},zmm{31 - vector},[{Text(address)}]");
                Expect(
                    a => a.MultiplyByBroadcast(vector, 31 - vector, address),
                    $"vmulps zmm{vector},zmm{31 - vector},[{Text(address)}]{{1to16}}");
                Expect(a => a.StoreMasked(address, vector), $"vmovdqu32 [{Text(address)}]{{k2}},zmm{vector}");
                Expect(a => a.WidenMaskedBytes(vector, address), $"vpmovzxbd zmm{vector}{{k2}}{{z}},[{Text(address)}]");
                foreach ((int bytes, string name, string extract) in s_parts)
                {
                    Expect(a => a.StoreBytes(address, vector, bytes, false), $"vmovdqu8 [{Text(address)}],{name}{vector}");
                    Expect(a => a.StoreBytes(address, vector, bytes, true), $"vmovdqu8 [{Text(address)}]{{k1}},{name}{vector}");
                    Expect(a => a.StorePart(address, vector, 1, bytes), $"{extract} [{Text(address)}],zmm{vector},1");
                }
            }

            for (int other = 0; other < 32; other++)
            {
                Expect(a => a.MoveVector(vector, other), $"vmovdqa32 zmm{vector},zmm{other}");
                Expect(a => a.ConvertToFloat32(vector, other), $"vcvtdq2ps zmm{vector},zmm{other}");
                Expect(a => a.ConvertToInt32(vector, other), $"vcvtps2dq zmm{vector},zmm{other}");
                foreach ((int bytes, string name, string extract) in s_parts)
                {
                    Expect(a => a.ExtractPart(vector, other, 1, bytes), $"{extract} {name}{vector},zmm{other},1");
                }

                foreach ((string name, Action<Assembler, int, int> write) in s_twoOperands)
                {
                    Expect(a => write(a, vector, other), $"{name} zmm{vector},zmm{vector},zmm{other}");
                }

                foreach ((string name, Action<Assembler, int, int, int> write) in s_threeOperands)
                {
                    Expect(a => write(a, vector, other, 31 - vector), $"{name} zmm{vector},zmm{other},zmm{31 - vector}");
                }
            }

            Expect(a => a.ClearVector(vector), $"vpxord zmm{vector},zmm{vector},zmm{vector}");
        }
    }

    /// <summary>The same methods, and those of AVX2 only, where vectors are of 256 bits: all are encoded with VEX.</summary>
    [Fact]
    public void Avx2Instructions_AnyRegistersAndAddress_AreWhatTheirNamesSay()
    {
        for (int vector = 0; vector < 16; vector++)
        {
            foreach (Address address in Addresses())
            {
                ExpectAvx2(a => a.LoadVector(vector, address), $"vmovdqu ymm{vector},[{Text(address)}]");
                ExpectAvx2(a => a.StoreVector(address, vector), $"vmovdqu [{Text(address)}],ymm{vector}");
                ExpectAvx2(a => a.LoadBytes(vector, address), $"vmovdqu xmm{vector},[{Text(address)}]");
                ExpectAvx2(a => a.StoreBytes(address, vector, 16, false), $"vmovdqu [{Text(address)}],xmm{vector}");
                ExpectAvx2(a => a.StoreBytes(address, vector, 32, false), $"vmovdqu [{Text(address)}],ymm{vector}");
                ExpectAvx2(a => a.StorePart(address, vector, 1, 16), $"vextracti128 [{Text(address)}],ymm{vector},1");
                ExpectAvx2(a => a.WidenBytes(vector, address), $"vpmovzxbd ymm{vector},[{Text(address)}]");
                ExpectAvx2(a => a.BroadcastInt32(vector, address), $"vpbroadcastd ymm{vector},[{Text(address)}]");
                ExpectAvx2(a => a.Multiply(vector, 15 - vector, address), $"vmulps ymm{vector},ymm{15 - vector},[{Text(address)}]");
                ExpectAvx2(a => a.AddFloat32(vector, address), $"vaddps ymm{vector},ymm{vector},[{Text(address)}]");
                ExpectAvx2(a => a.AddInt32(vector, address), $"vpaddd ymm{vector},ymm{vector},[{Text(address)}]");
                ExpectAvx2(
                    a => a.PairProducts(vector, 15 - vector, address), $"vpmaddwd ymm{vector},ymm{15 - vector},[{Text(address)}]");
                ExpectAvx2(
                    a => a.InterleaveLowBytes(vector, 15 - vector, address),
                    $"vpunpcklbw ymm{vector},ymm{15 - vector},[{Text(address)}]");
                ExpectAvx2(
                    a => a.InterleaveHighBytes(vector, 15 - vector, address),
                    $"vpunpckhbw ymm{vector},ymm{15 - vector},[{Text(address)}]");
                ExpectAvx2(a => a.DotProducts(vector, 15 - vector, address), $"vpdpbusd ymm{vector},ymm{15 - vector},[{Text(address)}]");
            }

            for (int other = 0; other < 16; other++)
            {
                ExpectAvx2(a => a.MoveVector(vector, other), $"vmovdqa ymm{vector},ymm{other}");
                ExpectAvx2(a => a.ConvertToFloat32(vector, other), $"vcvtdq2ps ymm{vector},ymm{other}");
                ExpectAvx2(a => a.ConvertToInt32(vector, other), $"vcvtps2dq ymm{vector},ymm{other}");
                ExpectAvx2(a => a.ExtractPart(vector, other, 1, 16), $"vextracti128 xmm{vector},ymm{other},1");
                ExpectAvx2(a => a.ShiftWordsLeft(vector, other, 8), $"vpsllw ymm{vector},ymm{other},8");
                ExpectAvx2(a => a.ShiftWordsRight(vector, other, 7), $"vpsraw ymm{vector},ymm{other},7");
                foreach ((string name, Action<Assembler, int, int> write) in s_twoOperands)
                {
                    ExpectAvx2(a => write(a, vector, other), $"{name} ymm{vector},ymm{vector},ymm{other}");
                }

                foreach ((string name, Action<Assembler, int, int, int> write) in s_threeOperands)
                {
                    ExpectAvx2(a => write(a, vector, other, 15 - vector), $"{name} ymm{vector},ymm{other},ymm{15 - vector}");
                }
            }

            ExpectAvx2(a => a.ClearVector(vector), $"vpxor ymm{vector},ymm{vector},ymm{vector}");
        }
    }

    [Fact]
    public void Jumps_ForwardAndBack_ArriveWhereTheyShould()
    {
        var assembler = new Assembler();
        int start = assembler.Position;
        int jump = assembler.Jump(Assembler.Condition.Less);
        assembler.JumpBack(Assembler.Condition.NotZero, start);
        assembler.JumpBack(Assembler.Condition.NotLess, start);
        int other = assembler.Jump(Assembler.Condition.Zero);
        assembler.Land(jump);
        assembler.Land(other);
        int end = assembler.Position;
        assembler.Leave();
        Assert.Equal(
            [$"jl {end}", $"jne {start}", $"jge {start}", $"je {end}", "vzeroupper", "ret"], Decode(assembler.ToArray()));
    }

    [Fact]
    public void LoadMask_AnyAddress_IsWhatItsNameSays()
    {
        foreach (Address address in Addresses())
        {
            Expect(a => a.LoadMask(1, address), $"kmovq k1,[{Text(address)}]");
            Expect(a => a.LoadMask(2, address), $"kmovq k2,[{Text(address)}]");
        }
    }

    [Fact]
    public void ReturnEnabledState_IsWhatItSays()
    {
        var assembler = new Assembler();
        assembler.ReturnEnabledState();
        Assert.Equal(["xor ecx,ecx", "xgetbv", "shl rdx,32", "or rax,rdx", "ret"], Decode(assembler.ToArray()));
    }

    private static IEnumerable<Address> Addresses() =>
        from @base in s_bases
        from displacement in s_displacements
        from index in (Target?[])[null, Target.Rax, Target.R9, Target.R11, Target.Rcx, Target.Rbx, Target.Rsi, Target.Rdi]
        from scale in index is null ? [1] : (int[])[1, 4]
        select new Address(@base, displacement, index, scale);

    private static void Expect(Action<Assembler> write, string text)
    {
        var assembler = new Assembler();
        write(assembler);
        Assert.Equal([text], Decode(assembler.ToArray()));
    }

    private static void ExpectAvx2(Action<Assembler> write, string text)
    {
        var assembler = new Assembler(isAvx2: true);
        write(assembler);
        byte[] code = assembler.ToArray();
        Assert.Equal([text], Decode(code));
        Assert.Equal(EncodingKind.VEX, Decoder.Create(64, new ByteArrayCodeReader(code)).Decode().Encoding);
    }

    private static IEnumerable<string> Decode(byte[] code)
    {
        FormatterOptions options = FormatterOptions.CreateIntel();
        options.NumberBase = NumberBase.Decimal;
        options.ShowBranchSize = false;
        options.MemorySizeOptions = MemorySizeOptions.Default;
        options.SignedImmediateOperands = true;
        options.BranchLeadingZeros = false;
        options.LeadingZeros = false;
        options.SpaceAfterOperandSeparator = false;
        var intel = new IntelFormatter(options);
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code), ip: 0);
        while (decoder.IP < (ulong)code.Length)
        {
            var output = new StringOutput();
            intel.Format(decoder.Decode(), output);
            yield return output.ToStringAndReset();
        }
    }

    private static string Name(Target register) => register.ToString().ToLowerInvariant();

    private static string Name32(Target register) => register < Target.R8 ? "e" + Name(register)[1..] : Name(register) + "d";

    private static string Text(Address address) =>
        Name(address.Base)
            + (address.Index is { } index ? "+" + Name(index) + (address.Scale == 1 ? string.Empty : $"*{address.Scale}") : string.Empty)
            + (address.Displacement == 0 ? string.Empty : address.Displacement.ToString("+0;-0", null));
}
