using System.Diagnostics;
using System.Numerics;

namespace ModelBuild.Runtime.Cpu;

/// <summary>
/// Writes the few instructions of x64 that machine code of our own consists of. Intel's Software Developer's Manual, volume 2, has the
/// encodings: REX in section 2.2.1, VEX in 2.3, EVEX in 2.7, the opcodes under each instruction's name.
/// </summary>
/// <remarks>
/// Vectors are of 512 bits and their instructions of AVX-512, or of 256 bits and of AVX2: most have the same opcodes in both. What only
/// one of them has says so; masks and registers from 16 on are AVX-512's.
/// </remarks>
/// <param name="isAvx2">Whether vectors are of 256 bits.</param>
internal sealed class Assembler(bool isAvx2 = false)
{
    private const byte Return = 0xC3;
    private const int SimdBytes = 64;
    private const byte Opcode0F = 1;
    private const byte Opcode0F38 = 2;
    private const byte Opcode0F3A = 3;
    private const byte Length128 = 0x00;
    private const byte Length256 = 0x20;
    private const byte Length512 = 0x40;
    private const byte NoPrefix = 0;
    private const byte Prefix66 = 1;
    private const byte PrefixF3 = 2;
    private const byte PrefixF2 = 3;
    private const byte ByMask1 = 0x01;
    private const byte ByMask2 = 0x02;
    private const byte ZeroedByMask1 = 0x81;
    private const byte ZeroedByMask2 = 0x82;

    /// <summary>One number in memory stands for all lanes.</summary>
    private const byte Broadcast = 0x10;

    private readonly List<byte> _code = [];

    /// <summary>Where the next instruction begins.</summary>
    public int Position => _code.Count;

    /// <summary>All that was written.</summary>
    public byte[] ToArray() => [.. _code];

    /// <summary><c>mov target, source</c>, 64 bits.</summary>
    public void Move(Register target, Register source) => Plain(true, 0x89, (int)source, target);

    /// <summary><c>mov target, [source]</c>, 64 bits.</summary>
    public void Load(Register target, Address source) => Plain(true, 0x8B, (int)target, source);

    /// <summary><c>mov target, dword [source]</c>, the upper half becomes zero.</summary>
    public void LoadInt32(Register target, Address source) => Plain(false, 0x8B, (int)target, source);

    /// <summary><c>movzx target, word [source]</c>, all above becomes zero.</summary>
    public void LoadUInt16(Register target, Address source)
    {
        Rex(false, (int)target, source.Index is { } index ? (int)index : 0, (int)source.Base);
        _code.AddRange([0x0F, 0xB7]);
        Memory((int)target, source, 1);
    }

    /// <summary><c>mov [target], source</c>, 64 bits.</summary>
    public void Store(Address target, Register source) => Plain(true, 0x89, (int)source, target);

    /// <summary><c>mov dword [target], source</c>.</summary>
    public void StoreInt32(Address target, Register source) => Plain(false, 0x89, (int)source, target);

    /// <summary><c>add target, [source]</c>, 64 bits.</summary>
    public void Add(Register target, Address source) => Plain(true, 0x03, (int)target, source);

    /// <summary><c>add target, number</c>, 64 bits.</summary>
    public void Add(Register target, int number)
    {
        Plain(true, 0x81, 0, target);
        Int32(number);
    }

    /// <summary><c>sub target, dword [source]</c>, the upper half becomes zero.</summary>
    public void SubtractInt32(Register target, Address source) => Plain(false, 0x2B, (int)target, source);

    /// <summary><c>shl target, count</c>, 64 bits.</summary>
    public void ShiftLeft(Register target, byte count)
    {
        Plain(true, 0xC1, 4, target);
        _code.Add(count);
    }

    /// <summary><c>dec dword [target]</c>.</summary>
    public void DecrementInt32(Address target) => Plain(false, 0xFF, 1, target);

    /// <summary><c>test register, register</c>, 32 bits.</summary>
    public void TestInt32(Register register) => Plain(false, 0x85, (int)register, register);

    /// <summary>A conditional jump to what is written already.</summary>
    public void JumpBack(Condition condition, int target) => Patch(Jump(condition), target);

    /// <summary>A conditional jump to what <see cref="Land"/> says later.</summary>
    /// <returns>The jump.</returns>
    public int Jump(Condition condition)
    {
        _code.AddRange([0x0F, (byte)(0x80 | (int)condition)]);
        Int32(0);
        return _code.Count;
    }

    /// <summary>Has a jump arrive at what is written next.</summary>
    public void Land(int jump) => Patch(jump, Position);

    /// <summary><c>ret</c>, the upper halves of the vector registers cleared, which code without AVX would wait for.</summary>
    public void Leave() => _code.AddRange([0xC5, 0xF8, 0x77, Return]);

    /// <summary>
    /// A function of its own, which returns the extended control register XCR0: <c>xor ecx, ecx; xgetbv; shl rdx, 32; or rax, rdx; ret</c>.
    /// </summary>
    public void ReturnEnabledState() => _code.AddRange([0x31, 0xC9, 0x0F, 0x01, 0xD0, 0x48, 0xC1, 0xE2, 0x20, 0x48, 0x09, 0xD0, Return]);

    /// <summary><c>vmovdqu32 zmm, [source]</c>, <c>vmovdqu ymm, [source]</c>.</summary>
    public void LoadVector(int target, Address source) => Vector(PrefixF3, Opcode0F, 0x6F, target, 0, source, SimdBytes);

    /// <summary><c>kmovq mask, qword [source]</c>.</summary>
    /// <param name="mask">1 or 2.</param>
    /// <param name="source">A bit for each lane.</param>
    public void LoadMask(int mask, Address source)
    {
        int extensions = ((source.Index is { } index ? (int)index & 8 : 0) << 3) | (((int)source.Base & 8) << 2);
        _code.AddRange([0xC4, (byte)((~extensions & 0xE0) | Opcode0F), 0xF8, 0x90]);
        Memory(mask, source, 1);
    }

    /// <summary><c>vmovdqu8 zmm{k1}{z}, [source]</c>: bytes that the mask leaves out are zero, and nothing is read there.</summary>
    public void LoadMasked(int target, Address source) =>
        Vector(PrefixF2, Opcode0F, 0x6F, target, 0, source, SimdBytes, ZeroedByMask1);

    /// <summary><c>vpunpcklbw target, first, second</c>: the bytes of the lower halves of each 128 bits in turns.</summary>
    public void InterleaveLowBytes(int target, int first, int second) => Vector(Prefix66, Opcode0F, 0x60, target, first, second);

    /// <summary><c>vpunpckhbw target, first, second</c>: those of the upper halves.</summary>
    public void InterleaveHighBytes(int target, int first, int second) => Vector(Prefix66, Opcode0F, 0x68, target, first, second);

    /// <summary><c>vpunpcklwd target, first, second</c>: words of the lower halves of each 128 bits in turns.</summary>
    public void InterleaveLowWords(int target, int first, int second) => Vector(Prefix66, Opcode0F, 0x61, target, first, second);

    /// <summary><c>vpunpckhwd target, first, second</c>: those of the upper halves.</summary>
    public void InterleaveHighWords(int target, int first, int second) => Vector(Prefix66, Opcode0F, 0x69, target, first, second);

    /// <summary><c>vcvtdq2ps target, source</c>: int32 to float32, to nearest even.</summary>
    public void ConvertToFloat32(int target, int source) => Vector(NoPrefix, Opcode0F, 0x5B, target, 0, source);

    /// <summary><c>vcvtps2dq target, source</c>: float32 to int32, to nearest even.</summary>
    public void ConvertToInt32(int target, int source) => Vector(Prefix66, Opcode0F, 0x5B, target, 0, source);

    /// <summary><c>vmulps target, left, [right]</c>.</summary>
    public void Multiply(int target, int left, Address right) => Vector(NoPrefix, Opcode0F, 0x59, target, left, right, SimdBytes);

    /// <summary><c>vmulps target, left, dword [right]{1to16}</c>.</summary>
    public void MultiplyByBroadcast(int target, int left, Address right) =>
        Vector(NoPrefix, Opcode0F, 0x59, target, left, right, sizeof(float), Broadcast);

    /// <summary><c>vmulps target, left, right</c>.</summary>
    public void Multiply(int target, int left, int right) => Vector(NoPrefix, Opcode0F, 0x59, target, left, right);

    /// <summary><c>vsubps target, target, source</c>.</summary>
    public void SubtractFloat32(int target, int source) => Vector(NoPrefix, Opcode0F, 0x5C, target, target, source);

    /// <summary><c>vaddps target, target, source</c>.</summary>
    public void AddFloat32(int target, int source) => Vector(NoPrefix, Opcode0F, 0x58, target, target, source);

    /// <summary><c>vmaxps target, left, right</c>; the right one where either is NaN.</summary>
    public void Maximum(int target, int left, int right) => Vector(NoPrefix, Opcode0F, 0x5F, target, left, right);

    /// <summary><c>vminps target, left, right</c>; the right one where either is NaN.</summary>
    public void Minimum(int target, int left, int right) => Vector(NoPrefix, Opcode0F, 0x5D, target, left, right);

    /// <summary><c>vpackssdw target, low, high</c>: int32 to int16, saturating, within each 128 bits.</summary>
    public void PackInt32(int target, int low, int high) => Vector(Prefix66, Opcode0F, 0x6B, target, low, high);

    /// <summary><c>vpackuswb target, low, high</c>: int16 to bytes, saturating, within each 128 bits.</summary>
    public void PackInt16(int target, int low, int high) => Vector(Prefix66, Opcode0F, 0x67, target, low, high);

    /// <summary><c>vpmaxub target, target, source</c>.</summary>
    public void MaximumBytes(int target, int source) => Vector(Prefix66, Opcode0F, 0xDE, target, target, source);

    /// <summary><c>vpsubd target, target, source</c>.</summary>
    public void SubtractInt32(int target, int source) => Vector(Prefix66, Opcode0F, 0xFA, target, target, source);

    /// <summary><c>vpaddw target, target, source</c>.</summary>
    public void AddInt16(int target, int source) => Vector(Prefix66, Opcode0F, 0xFD, target, target, source);

    /// <summary><c>vmovdqu32 [target], zmm</c>.</summary>
    public void StoreVector(Address target, int source) => Vector(PrefixF3, Opcode0F, 0x7F, source, 0, target, SimdBytes);

    /// <summary><c>vmovdqu32 [target]{k2}, zmm</c>: what the mask leaves out is not written.</summary>
    public void StoreMasked(Address target, int source) =>
        Vector(PrefixF3, Opcode0F, 0x7F, source, 0, target, SimdBytes, ByMask2);

    /// <summary>
    /// <c>vmovdqu8 [target], xmm</c> or <c>ymm</c> (<c>vmovdqu</c> in AVX2), or those bytes of it that the first mask names.
    /// </summary>
    /// <param name="target">Where to.</param>
    /// <param name="source">The register, whose lowest part it is.</param>
    /// <param name="bytes">16 or 32.</param>
    /// <param name="isMasked">Whether the mask counts.</param>
    public void StoreBytes(Address target, int source, int bytes, bool isMasked) =>
        Vector(
            isAvx2 ? PrefixF3 : PrefixF2, Opcode0F, 0x7F, source, 0, target, bytes, isMasked ? ByMask1 : (byte)0,
            bytes == 32 ? Length256 : Length128);

    /// <summary>
    /// <c>vextracti32x4 [target], zmm, part</c> of 16 bytes (<c>vextracti128</c> in AVX2), <c>vextracti64x4</c> of 32.
    /// </summary>
    /// <param name="target">Where to.</param>
    /// <param name="source">The register.</param>
    /// <param name="part">Which of its parts.</param>
    /// <param name="bytes">16 or 32.</param>
    public void StorePart(Address target, int source, byte part, int bytes)
    {
        Vector(Prefix66, Opcode0F3A, PartOpcode(bytes), source, 0, target, bytes, isWide: bytes == 32);
        _code.Add(part);
    }

    /// <summary>The same into a register.</summary>
    public void ExtractPart(int target, int source, byte part, int bytes)
    {
        Vector(Prefix66, Opcode0F3A, PartOpcode(bytes), source, 0, target, isWide: bytes == 32);
        _code.Add(part);
    }

    /// <summary><c>vpermd target, indices, source</c>: each index, 0 to 15, becomes that int32.</summary>
    public void PermuteInt32(int target, int indices, int source) => Vector(Prefix66, Opcode0F38, 0x36, target, indices, source);

    /// <summary><c>vmovdqa32 zmm, zmm</c>.</summary>
    public void MoveVector(int target, int source) => Vector(Prefix66, Opcode0F, 0x6F, target, 0, source);

    /// <summary><c>vpxord zmm, zmm, zmm</c> of one register: zero.</summary>
    public void ClearVector(int target) => Vector(Prefix66, Opcode0F, 0xEF, target, target, target);

    /// <summary><c>vpaddd target, target, source</c>.</summary>
    public void AddInt32(int target, int source) => Vector(Prefix66, Opcode0F, 0xFE, target, target, source);

    /// <summary><c>vpaddd target, target, [source]</c>.</summary>
    public void AddInt32(int target, Address source) => Vector(Prefix66, Opcode0F, 0xFE, target, target, source, SimdBytes);

    /// <summary><c>vpbroadcastd zmm, dword [source]</c>.</summary>
    public void BroadcastInt32(int target, Address source) => Vector(Prefix66, Opcode0F38, 0x58, target, 0, source, sizeof(int));

    /// <summary><c>vpdpbusd sums, unsigned, signed</c>: adds the four products of each quad of bytes to an int32, modulo 2³².</summary>
    public void DotProducts(int sums, int unsigned, int signed) => Vector(Prefix66, Opcode0F38, 0x50, sums, unsigned, signed);

    /// <summary>The same with the signed bytes in memory.</summary>
    public void DotProducts(int sums, int unsigned, Address signed) =>
        Vector(Prefix66, Opcode0F38, 0x50, sums, unsigned, signed, SimdBytes);

    /// <summary><c>vpmovzxbd zmm, [source]</c>: sixteen bytes as int32; eight in AVX2.</summary>
    public void WidenBytes(int target, Address source) => Vector(Prefix66, Opcode0F38, 0x31, target, 0, source, SimdBytes / sizeof(int));

    /// <summary><c>vpmovzxbd zmm{k2}{z}, [source]</c>: what the mask leaves out is zero, and not read.</summary>
    public void WidenMaskedBytes(int target, Address source) =>
        Vector(Prefix66, Opcode0F38, 0x31, target, 0, source, SimdBytes / sizeof(int), ZeroedByMask2);

    /// <summary><c>vmovdqu xmm, [source]</c>. AVX2 only.</summary>
    public void LoadBytes(int target, Address source) => Vector(PrefixF3, Opcode0F, 0x6F, target, 0, source, 1, length: Length128);

    /// <summary><c>vpunpcklbw target, first, [second]</c>.</summary>
    public void InterleaveLowBytes(int target, int first, Address second) =>
        Vector(Prefix66, Opcode0F, 0x60, target, first, second, SimdBytes);

    /// <summary><c>vpunpckhbw target, first, [second]</c>.</summary>
    public void InterleaveHighBytes(int target, int first, Address second) =>
        Vector(Prefix66, Opcode0F, 0x68, target, first, second, SimdBytes);

    /// <summary><c>vpsllw target, source, count</c>. AVX2 only.</summary>
    public void ShiftWordsLeft(int target, int source, byte count) => ShiftWords(6, target, source, count);

    /// <summary><c>vpsraw target, source, count</c>: the sign comes in. AVX2 only.</summary>
    public void ShiftWordsRight(int target, int source, byte count) => ShiftWords(4, target, source, count);

    /// <summary><c>vpmaddwd target, left, right</c>: products of signed words, added in pairs to an int32.</summary>
    public void PairProducts(int target, int left, int right) => Vector(Prefix66, Opcode0F, 0xF5, target, left, right);

    /// <summary>The same with the right ones in memory.</summary>
    public void PairProducts(int target, int left, Address right) => Vector(Prefix66, Opcode0F, 0xF5, target, left, right, SimdBytes);

    /// <summary><c>vfmadd231ps sums, left, right</c>: adds products that are not rounded before.</summary>
    public void AddProducts(int sums, int left, int right) => Vector(Prefix66, Opcode0F38, 0xB8, sums, left, right);

    /// <summary><c>vaddps target, target, [source]</c>.</summary>
    public void AddFloat32(int target, Address source) => Vector(NoPrefix, Opcode0F, 0x58, target, target, source, SimdBytes);

    /// <summary>
    /// <c>vpermi2d chosen, low, [high]</c>: each index, 0 to 31, becomes that element of both registers, the low one first.
    /// </summary>
    public void Choose(int chosen, int low, Address high) => Vector(Prefix66, Opcode0F38, 0x76, chosen, low, high, SimdBytes);

    private void ShiftWords(int kind, int target, int source, byte count)
    {
        Vector(Prefix66, Opcode0F, 0x71, kind, target, source);
        _code.Add(count);
    }

    private void Patch(int jump, int target)
    {
        int distance = target - jump;
        for (int i = 0; i < sizeof(int); i++)
        {
            _code[jump - sizeof(int) + i] = (byte)(distance >> (8 * i));
        }
    }

    private void Int32(int number)
    {
        for (int i = 0; i < sizeof(int); i++)
        {
            _code.Add((byte)(number >> (8 * i)));
        }
    }

    private void Plain(bool isWide, byte opcode, int reg, Register rm)
    {
        Rex(isWide, reg, 0, (int)rm);
        _code.AddRange([opcode, (byte)(0xC0 | ((reg & 7) << 3) | ((int)rm & 7))]);
    }

    private void Plain(bool isWide, byte opcode, int reg, Address address)
    {
        Rex(isWide, reg, address.Index is { } index ? (int)index : 0, (int)address.Base);
        _code.Add(opcode);
        Memory(reg, address, 1);
    }

    private void Rex(bool isWide, int reg, int index, int rm)
    {
        int rex = 0x40 | (isWide ? 8 : 0) | ((reg & 8) >> 1) | ((index & 8) >> 2) | ((rm & 8) >> 3);
        if (rex != 0x40)
        {
            _code.Add((byte)rex);
        }
    }

    private static byte PartOpcode(int bytes) => (byte)(bytes == 32 ? 0x3B : 0x39);

    private void Vector(byte prefix, byte map, byte opcode, int reg, int vvvv, int rm, bool isWide = false)
    {
        VectorPrefix(prefix, map, reg, vvvv, (rm & 16) >> 1, rm, 0, Length512, isWide);
        _code.AddRange([opcode, (byte)(0xC0 | ((reg & 7) << 3) | (rm & 7))]);
    }

    private void Vector(
        byte prefix, byte map, byte opcode, int reg, int vvvv, Address address, int scale, byte mask = 0, byte length = Length512,
        bool isWide = false)
    {
        VectorPrefix(prefix, map, reg, vvvv, address.Index is { } index ? (int)index : 0, (int)address.Base, mask, length, isWide);
        _code.Add(opcode);
        Memory(reg, address, isAvx2 ? 1 : scale);
    }

    /// <summary>VEX or EVEX. The registers' numbers are inverted.</summary>
    private void VectorPrefix(byte prefix, byte map, int reg, int vvvv, int index, int rm, byte mask, byte length, bool isWide)
    {
        int extensions = ((reg & 8) << 4) | ((index & 8) << 3) | ((rm & 8) << 2) | (reg & 16);
        if (isAvx2)
        {
            Debug.Assert((mask | (reg & 16) | (vvvv & 16)) == 0 && !isWide, "AVX2 has no masks, and half of the registers.");
            _code.AddRange(
            [
                0xC4,
                (byte)((~extensions & 0xE0) | map),
                (byte)(((~vvvv & 15) << 3) | (length == Length128 ? 0 : 4) | prefix),
            ]);
            return;
        }

        _code.AddRange(
        [
            0x62,
            (byte)((~extensions & 0xF0) | map),
            (byte)((isWide ? 0x80 : 0) | ((~vvvv & 15) << 3) | 4 | prefix),
            (byte)(length | ((~vvvv & 16) >> 1) | mask),
        ]);
    }

    /// <summary>ModR/M, SIB and displacement; a displacement of a byte counts in <paramref name="scale"/>.</summary>
    private void Memory(int reg, Address address, int scale)
    {
        int displacement = address.Displacement;
        bool isShort = displacement % scale == 0 && displacement / scale is >= sbyte.MinValue and <= sbyte.MaxValue;
        int mod = displacement == 0 ? 0 : isShort ? 1 : 2;
        int middle = (reg & 7) << 3;
        if (address.Index is { } index)
        {
            _code.AddRange(
            [
                (byte)((mod << 6) | middle | 4),
                (byte)((BitOperations.Log2((uint)address.Scale) << 6) | (((int)index & 7) << 3) | ((int)address.Base & 7)),
            ]);
        }
        else
        {
            _code.Add((byte)((mod << 6) | middle | ((int)address.Base & 7)));
        }

        if (mod == 1)
        {
            _code.Add((byte)(displacement / scale));
        }
        else if (mod == 2)
        {
            Int32(displacement);
        }
    }

    /// <summary>
    /// The registers that a function may use on Linux and on Windows without keeping what is in them, and three that it has to keep: on
    /// both <see cref="Rbx"/>, on Windows <see cref="Rsi"/> and <see cref="Rdi"/> too. (The others need longer addresses.)
    /// </summary>
    internal enum Register
    {
        Rax = 0,
        Rcx = 1,
        Rdx = 2,
        Rbx = 3,
        Rsi = 6,
        Rdi = 7,
        R8 = 8,
        R9 = 9,
        R10 = 10,
        R11 = 11,
    }

    /// <summary>The conditions of a jump, as the opcode has them.</summary>
    internal enum Condition
    {
        /// <summary>The result was zero.</summary>
        Zero = 4,

        /// <summary>It was not.</summary>
        NotZero = 5,

        /// <summary>It was negative.</summary>
        Less = 12,

        /// <summary>It was not negative.</summary>
        NotLess = 13,
    }

    /// <summary><c>[Base + Index · Scale + Displacement]</c>; the scale is 1, 2, 4 or 8.</summary>
    internal readonly record struct Address(Register Base, int Displacement = 0, Register? Index = null, int Scale = 1)
    {
        /// <summary>What lies so many bytes behind it.</summary>
        public Address Plus(int bytes) => this with { Displacement = Displacement + bytes };
    }
}
