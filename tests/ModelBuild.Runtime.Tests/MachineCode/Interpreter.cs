using System.Runtime.InteropServices;
using Iced.Intel;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>
/// Executes machine code instruction by instruction, as decoded by a library that had no part in writing it: on any processor, and with
/// every address checked. Registers that a function has to give back hold anything at the start, and the same at the return.
/// </summary>
internal sealed unsafe class Interpreter
{
    private const int InstructionLimit = 1_000_000;
    private const int Lanes = 16;

    /// <summary>Of a vector on Windows a function gives back the lower 128 bits.</summary>
    private const int KeptLanes = 4;

    private static readonly Register[] s_kept =
        [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15];

    private static readonly Register[] s_keptOnWindows = [.. s_kept, Register.RSI, Register.RDI];

    private static readonly Register[] s_vectorsKeptOnWindows = [.. Enumerable.Range(6, 10).Select(i => Register.ZMM0 + i)];

    private readonly Dictionary<ulong, Instruction> _instructions = [];
    private readonly Dictionary<Register, ulong> _registers = [];
    private readonly Dictionary<Register, int[]> _vectors = [];
    private readonly List<(ulong Start, ulong End, bool IsWritable)> _regions = [];
    private ulong _lastResult;
    private bool _isSigned;
    private readonly Dictionary<Register, ulong> _masks = [];

    public Interpreter(byte[] code)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code), ip: 0);
        while (decoder.IP < (ulong)code.Length)
        {
            Instruction instruction = decoder.Decode();
            Assert.NotEqual(Code.INVALID, instruction.Code);
            _instructions.Add(instruction.IP, instruction);
        }
    }

    /// <summary>Lets the code read memory, and write it.</summary>
    public void Allow(void* start, long bytes, bool isWritable = false) =>
        _regions.Add(((ulong)start, (ulong)start + (ulong)bytes, isWritable));

    /// <summary>Runs from the beginning to the return.</summary>
    /// <param name="argumentRegister">Where the argument is, which tells the convention: RCX is that of Windows, RDI all others'.</param>
    /// <param name="argument">The argument.</param>
    public void Run(Register argumentRegister, void* argument)
    {
        bool isWindows = argumentRegister == Register.RCX;
        var random = new Random(1);

        // Elsewhere RSI and RDI need not be given back, but have something in them too.
        foreach (Register register in s_keptOnWindows)
        {
            _registers[register] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        }

        foreach (Register register in isWindows ? s_vectorsKeptOnWindows : [])
        {
            _vectors[register] = [.. Enumerable.Range(0, Lanes).Select(_ => random.Next(int.MinValue, int.MaxValue))];
        }

        var registers = new Dictionary<Register, ulong>(_registers);
        var vectors = new Dictionary<Register, int[]>(_vectors);
        _registers[argumentRegister] = (ulong)argument;
        Execute();

        foreach (Register register in isWindows ? s_keptOnWindows : s_kept)
        {
            Assert.True(registers[register] == _registers[register], $"{register} is not given back.");
        }

        foreach (Register register in isWindows ? s_vectorsKeptOnWindows : [])
        {
            Assert.True(
                vectors[register].AsSpan(0, KeptLanes).SequenceEqual(_vectors[register].AsSpan(0, KeptLanes)),
                $"The lower half of {register} is not given back.");
        }

        Assert.All(
            _vectors.Where(v => v.Key < Register.ZMM16),
            v => Assert.True(v.Value.AsSpan(KeptLanes).IndexOfAnyExcept(0) < 0, $"The upper parts of {v.Key} are not cleared."));
    }

    private void Execute()
    {
        ulong ip = 0;
        for (int count = 0; count < InstructionLimit; count++)
        {
            Instruction instruction = _instructions[ip];
            ip = instruction.NextIP;
            switch (instruction.Mnemonic)
            {
                case Mnemonic.Mov or Mnemonic.Movzx:
                    Write(instruction, Operand(instruction, 1));
                    break;
                case Mnemonic.Add:
                    SetFlags(instruction, Operand(instruction, 0) + Operand(instruction, 1));
                    Write(instruction, _lastResult);
                    break;
                case Mnemonic.Shl:
                    Write(instruction, Operand(instruction, 0) << (int)Operand(instruction, 1));
                    break;
                case Mnemonic.Sub:
                    SetFlags(instruction, Operand(instruction, 0) - Operand(instruction, 1));
                    Write(instruction, _lastResult);
                    break;
                case Mnemonic.Dec:
                    SetFlags(instruction, Operand(instruction, 0) - 1);
                    Write(instruction, _lastResult);
                    break;
                case Mnemonic.Test:
                    SetFlags(instruction, Operand(instruction, 0) & Operand(instruction, 1));
                    break;
                case Mnemonic.Je or Mnemonic.Jne or Mnemonic.Jl or Mnemonic.Jge:
                    ip = IsTaken(instruction.Mnemonic) ? instruction.NearBranchTarget : ip;
                    break;
                case Mnemonic.Vmovdqu32 or Mnemonic.Vmovdqa32 or Mnemonic.Vmovdqu when instruction.Op0Kind == OpKind.Memory:
                    StoreInt32(instruction);
                    break;
                case Mnemonic.Vmovdqu32 or Mnemonic.Vmovdqa32 or Mnemonic.Vmovdqu or Mnemonic.Vmovdqa or Mnemonic.Vpbroadcastd
                    or Mnemonic.Vpxord or Mnemonic.Vpxor or Mnemonic.Vpaddd or Mnemonic.Vpdpbusd or Mnemonic.Vpmovzxbd
                    or Mnemonic.Vpermi2d:
                    WriteVector(instruction.Op0Register, Result(instruction));
                    break;
                case Mnemonic.Kmovq:
                    _masks[instruction.Op0Register] = *(ulong*)Memory(instruction, sizeof(ulong), false);
                    break;
                case Mnemonic.Vmovdqu8 when instruction.Op0Kind == OpKind.Memory:
                    StoreBytes(instruction, MemoryMarshal.AsBytes<int>(Vector(instruction.Op1Register)));
                    break;
                case Mnemonic.Vextracti32x4 or Mnemonic.Vextracti64x4 or Mnemonic.Vextracti128:
                    int[] part = Part(instruction);
                    if (instruction.Op0Kind == OpKind.Memory)
                    {
                        part.CopyTo(new Span<int>(Memory(instruction, part.Length * sizeof(int), true), part.Length));
                    }
                    else
                    {
                        WriteVector(instruction.Op0Register, part);
                    }

                    break;
                case Mnemonic.Vmovdqu8 or Mnemonic.Vpunpcklbw or Mnemonic.Vpunpckhbw or Mnemonic.Vpunpcklwd or Mnemonic.Vpunpckhwd
                    or Mnemonic.Vcvtdq2ps or Mnemonic.Vcvtps2dq or Mnemonic.Vmulps or Mnemonic.Vmaxps or Mnemonic.Vminps
                    or Mnemonic.Vpackssdw or Mnemonic.Vpackuswb or Mnemonic.Vpaddw or Mnemonic.Vaddps or Mnemonic.Vsubps
                    or Mnemonic.Vpsubd or Mnemonic.Vpmaxub or Mnemonic.Vpermd or Mnemonic.Vpsllw or Mnemonic.Vpsraw
                    or Mnemonic.Vpmaddwd or Mnemonic.Vfmadd231ps:
                    WriteVector(instruction.Op0Register, PackedResult(instruction));
                    break;
                case Mnemonic.Vzeroupper:
                    foreach (Register register in _vectors.Keys.Where(r => r < Register.ZMM16).ToArray())
                    {
                        WriteVector(register, _vectors[register][..KeptLanes]);
                    }

                    break;
                case Mnemonic.Ret:
                    return;
                default:
                    Assert.Fail($"{instruction} is not known.");
                    break;
            }
        }

        Assert.Fail("The code does not end.");
    }

    private int[] Result(Instruction instruction)
    {
        int lanes = LanesOf(instruction.Op0Register);
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Vmovdqu32 or Mnemonic.Vmovdqu when instruction.Op1Kind == OpKind.Memory:
                return Load(instruction, lanes);
            case Mnemonic.Vmovdqu32 or Mnemonic.Vmovdqu or Mnemonic.Vmovdqa32 or Mnemonic.Vmovdqa:
                return Vector(instruction.Op1Register);
            case Mnemonic.Vpbroadcastd:
                return [.. Enumerable.Repeat(*(int*)Memory(instruction, sizeof(int), false), lanes)];
            case Mnemonic.Vpxord or Mnemonic.Vpxor:
                // A register against itself is zero whatever is in it.
                Assert.Equal(instruction.Op1Register, instruction.Op2Register);
                return new int[lanes];
            case Mnemonic.Vpmovzxbd:
                return instruction.OpMask == Register.None
                    ? [.. new Span<byte>(Memory(instruction, lanes, false), lanes).ToArray().Select(b => (int)b)]
                    : [.. Enumerable.Range(0, lanes).Select(i => IsChosen(instruction, i) ? *(byte*)Memory(instruction, 1, false, i) : 0)];
        }

        int[] left = Vector(instruction.Op1Register);
        int[] right = instruction.Op2Kind == OpKind.Memory ? Load(instruction, lanes) : Vector(instruction.Op2Register);
        return instruction.Mnemonic == Mnemonic.Vpermi2d
            ? [.. Vector(instruction.Op0Register).Select(i => (i & Lanes) == 0 ? left[i % Lanes] : right[i % Lanes])]
            : instruction.Mnemonic == Mnemonic.Vpaddd
            ? [.. left.Zip(right, (a, b) => unchecked(a + b))]
            : [.. Vector(instruction.Op0Register).Select((sum, lane) => unchecked(sum + DotProduct(left[lane], right[lane])))];
    }

    /// <summary>Instructions on bytes, words and floats; those that shuffle do so within 128 bits.</summary>
    private int[] PackedResult(Instruction instruction)
    {
        Assert.Equal(instruction.Mnemonic == Mnemonic.Vmovdqu8 ? Register.K1 : Register.None, instruction.OpMask);
        if (instruction.Mnemonic == Mnemonic.Vmovdqu8)
        {
            Assert.True(instruction.ZeroingMasking);
            byte[] bytes = new byte[Lanes * sizeof(int)];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = IsChosen(instruction, i) ? *(byte*)Memory(instruction, 1, false, i) : (byte)0;
            }

            return MemoryMarshal.Cast<byte, int>(bytes).ToArray();
        }

        int[] first = Vector(instruction.Op1Register);
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Vcvtdq2ps:
                return [.. first.Select(n => BitConverter.SingleToInt32Bits(n))];
            case Mnemonic.Vcvtps2dq:
                return [.. Elements<float>(first).Select(RoundToInt32)];
            case Mnemonic.Vpsllw:
                int left = (int)instruction.GetImmediate(2);
                return Of(Elements<ushort>(first).Select(n => (ushort)(left < 16 ? n << left : 0)));
            case Mnemonic.Vpsraw:
                int right = int.Min((int)instruction.GetImmediate(2), 15);
                return Of(Elements<short>(first).Select(n => (short)(n >> right)));
        }

        int[] second = instruction.Op2Kind != OpKind.Memory ? Vector(instruction.Op2Register)
            : instruction.IsBroadcast ? [.. Enumerable.Repeat(*(int*)Memory(instruction, sizeof(int), false), first.Length)]
            : Load(instruction, first.Length);
        return instruction.Mnemonic switch
        {
            Mnemonic.Vpermd => [.. first.Select(i => second[i & (second.Length - 1)])],
            Mnemonic.Vpmaddwd => [.. first.Zip(second, PairProducts)],
            Mnemonic.Vfmadd231ps => Of(
                Elements<float>(first).Zip(Elements<float>(second), Elements<float>(Vector(instruction.Op0Register)))
                    .Select(e => MathF.FusedMultiplyAdd(e.First, e.Second, e.Third))),
            Mnemonic.Vpsubd => [.. first.Zip(second, (a, b) => unchecked(a - b))],
            Mnemonic.Vpmaxub => Of(Elements<byte>(first).Zip(Elements<byte>(second), byte.Max)),
            Mnemonic.Vsubps => Of(Elements<float>(first).Zip(Elements<float>(second), (a, b) => a - b)),
            Mnemonic.Vaddps => Of(Elements<float>(first).Zip(Elements<float>(second), (a, b) => a + b)),
            Mnemonic.Vpunpcklbw => Interleave<byte>(first, second, upper: false),
            Mnemonic.Vpunpckhbw => Interleave<byte>(first, second, upper: true),
            Mnemonic.Vpunpcklwd => Interleave<ushort>(first, second, upper: false),
            Mnemonic.Vpunpckhwd => Interleave<ushort>(first, second, upper: true),
            Mnemonic.Vpackssdw => Pack<int, short>(first, second, n => (short)Math.Clamp(n, short.MinValue, short.MaxValue)),
            Mnemonic.Vpackuswb => Pack<short, byte>(first, second, n => (byte)Math.Clamp(n, byte.MinValue, byte.MaxValue)),
            Mnemonic.Vpaddw => Of(Elements<short>(first).Zip(Elements<short>(second), (a, b) => unchecked((short)(a + b)))),
            Mnemonic.Vmulps => Of(Elements<float>(first).Zip(Elements<float>(second), (a, b) => a * b)),
            Mnemonic.Vmaxps => Of(Elements<float>(first).Zip(Elements<float>(second), (a, b) => a > b ? a : b)),
            _ => Of(Elements<float>(first).Zip(Elements<float>(second), (a, b) => a < b ? a : b)),
        };
    }

    private void StoreInt32(Instruction instruction)
    {
        int[] vector = Vector(instruction.Op1Register);
        Assert.False(instruction.ZeroingMasking);
        for (int i = 0; i < vector.Length; i++)
        {
            if (instruction.OpMask == Register.None || IsChosen(instruction, i))
            {
                *(int*)Memory(instruction, sizeof(int), true, i * sizeof(int)) = vector[i];
            }
        }
    }

    private void StoreBytes(Instruction instruction, ReadOnlySpan<byte> bytes)
    {
        Assert.False(instruction.ZeroingMasking);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (instruction.OpMask == Register.None || IsChosen(instruction, i))
            {
                *(byte*)Memory(instruction, 1, true, i) = bytes[i];
            }
        }
    }

    private bool IsChosen(Instruction instruction, int lane) => _masks.TryGetValue(instruction.OpMask, out ulong mask)
        ? (mask >> lane & 1) != 0
        : throw new InvalidOperationException($"{instruction.OpMask} is read before it is written.");

    /// <summary>The part of a register that the last operand names: of 128 bits, or of 256.</summary>
    private int[] Part(Instruction instruction)
    {
        Assert.Equal(Register.None, instruction.OpMask);
        int lanes = instruction.Mnemonic == Mnemonic.Vextracti64x4 ? Lanes / 2 : Lanes / 4;
        return Vector(instruction.Op1Register).AsSpan((int)instruction.GetImmediate(2) * lanes, lanes).ToArray();
    }

    /// <summary>The register of 512 bits that a register of fewer is the lower part of.</summary>
    private static Register Wide(Register register) =>
        register >= Register.ZMM0 ? register
        : Register.ZMM0 + (register - (register >= Register.YMM0 ? Register.YMM0 : Register.XMM0));

    private static T[] Elements<T>(int[] vector)
        where T : unmanaged => MemoryMarshal.Cast<int, T>(vector).ToArray();

    private static int[] Of<T>(IEnumerable<T> elements)
        where T : unmanaged => MemoryMarshal.Cast<T, int>(elements.ToArray()).ToArray();

    private static int[] Interleave<T>(int[] first, int[] second, bool upper)
        where T : unmanaged
    {
        int half = 8 / sizeof(T);
        return Of(Elements<T>(first).Chunk(2 * half).Zip(Elements<T>(second).Chunk(2 * half)).SelectMany(
            pair => pair.First.Zip(pair.Second).Skip(upper ? half : 0).Take(half).SelectMany(e => new[] { e.First, e.Second })));
    }

    private static int[] Pack<TWide, TNarrow>(int[] low, int[] high, Func<TWide, TNarrow> narrow)
        where TWide : unmanaged
        where TNarrow : unmanaged
    {
        int lane = 16 / sizeof(TWide);
        return Of(Elements<TWide>(low).Chunk(lane).Zip(Elements<TWide>(high).Chunk(lane)).SelectMany(
            pair => pair.First.Concat(pair.Second).Select(narrow)));
    }

    private static int DotProduct(int unsigned, int signed) =>
        Enumerable.Range(0, sizeof(int)).Sum(i => (byte)(unsigned >> (8 * i)) * (sbyte)(signed >> (8 * i)));

    private static int PairProducts(int left, int right) =>
        unchecked(((short)left * (short)right) + ((left >> 16) * (right >> 16)));

    /// <summary>To nearest even; the smallest int32 for NaN and for what no int32 holds.</summary>
    private static int RoundToInt32(float number)
    {
        float rounded = MathF.Round(number, MidpointRounding.ToEven);
        return rounded is >= int.MinValue and < -(float)int.MinValue ? (int)rounded : int.MinValue;
    }

    private static int LanesOf(Register vector) => vector.GetSize() / sizeof(int);

    private int[] Load(Instruction instruction, int lanes) =>
        new Span<int>(Memory(instruction, lanes * sizeof(int), false), lanes).ToArray();

    /// <summary>A register, or the lower part of one.</summary>
    private int[] Vector(Register register) => _vectors.TryGetValue(Wide(register), out int[]? value)
        ? value[..LanesOf(register)]
        : throw new InvalidOperationException($"{register} is read before it is written.");

    /// <summary>What is above becomes zero.</summary>
    private void WriteVector(Register register, int[] value)
    {
        Assert.InRange(register, Register.XMM0, Register.ZMM31);
        _vectors[Wide(register)] = [.. value, .. new int[Lanes - value.Length]];
    }

    private ulong Operand(Instruction instruction, int index) => instruction.GetOpKind(index) switch
    {
        OpKind.Register => Read(instruction.GetOpRegister(index)),
        OpKind.Memory when instruction.MemorySize is MemorySize.Int32 or MemorySize.UInt32 =>
            *(uint*)Memory(instruction, sizeof(uint), false),
        OpKind.Memory when instruction.MemorySize is MemorySize.UInt16 => *(ushort*)Memory(instruction, sizeof(ushort), false),
        OpKind.Memory => *(ulong*)Memory(instruction, sizeof(ulong), false),
        _ => instruction.GetImmediate(index),
    };

    private ulong Read(Register register)
    {
        Register full = register.GetFullRegister();
        return _registers.TryGetValue(full, out ulong value)
            ? register.GetSize() == sizeof(uint) ? (uint)value : value
            : throw new InvalidOperationException($"{register} is read before it is written.");
    }

    private void Write(Instruction instruction, ulong value)
    {
        if (instruction.Op0Kind == OpKind.Register)
        {
            Register full = instruction.Op0Register.GetFullRegister();
            Assert.NotEqual(Register.RSP, full);
            _registers[full] = instruction.Op0Register.GetSize() == sizeof(uint) ? (uint)value : value;
        }
        else if (instruction.MemorySize is MemorySize.Int32 or MemorySize.UInt32)
        {
            *(uint*)Memory(instruction, sizeof(uint), true) = (uint)value;
        }
        else
        {
            *(ulong*)Memory(instruction, sizeof(ulong), true) = value;
        }
    }

    private void SetFlags(Instruction instruction, ulong result)
    {
        bool isInt32 = instruction.Op0Kind == OpKind.Register
            ? instruction.Op0Register.GetSize() == sizeof(uint)
            : instruction.MemorySize is MemorySize.Int32 or MemorySize.UInt32;
        _lastResult = isInt32 ? (uint)result : result;
        _isSigned = isInt32 ? (int)result < 0 : (long)result < 0;
    }

    private bool IsTaken(Mnemonic jump) => jump switch
    {
        Mnemonic.Je => _lastResult == 0,
        Mnemonic.Jne => _lastResult != 0,
        Mnemonic.Jl => _isSigned,
        _ => !_isSigned,
    };

    private void* Memory(Instruction instruction, int bytes, bool isWritten, int offset = 0)
    {
        ulong address = (ulong)offset + Read(instruction.MemoryBase) + instruction.MemoryDisplacement64
            + (instruction.MemoryIndex == Register.None ? 0 : Read(instruction.MemoryIndex) * (ulong)instruction.MemoryIndexScale);
        Assert.True(
            _regions.Exists(r => address >= r.Start && address + (ulong)bytes <= r.End && (r.IsWritable || !isWritten)),
            $"{instruction} reaches memory that is not its own.");
        return (void*)address;
    }
}
