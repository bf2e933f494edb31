using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A micro-kernel for AVX2: up to six pixels × one panel, which is two registers of accumulators for each. The places of all pixels stay
/// in general registers: loading them in every step would take a quarter of the time.
/// </summary>
internal abstract unsafe class Avx2Writer(Assembler code, int rows, FinishingForm? finishing) : MicroKernelWriter(code, rows, finishing)
{
    /// <summary>Pixels of the largest tile.</summary>
    public const int MaximumRows = 6;

    /// <summary>Accumulators of a pixel fill so many registers, and so do the weights of a step.</summary>
    public const int Parts = 2;

    /// <summary>Bytes of a register.</summary>
    public const int VectorBytes = 32;

    /// <summary>One of the registers that hold places of pixels, and nothing between tiles.</summary>
    public const Register FreeBetweenTiles = Register.Rax;

    /// <summary>Bytes of weights in a step.</summary>
    protected const int WeightBytes = WeightPacking.PanelWidth * sizeof(int);

    private const int FirstAccumulator = 4;

    /// <summary>A function on Windows gives back the lower halves of the registers from here on.</summary>
    private const int FirstKept = 6;
    private const int EndOfKept = 16;
    private const int KeptBytes = 16;

    /// <summary>The register that points to them comes last.</summary>
    private static readonly Register[] s_places =
        [FreeBetweenTiles, Register.R11, Register.Rsi, Register.Rdi, Register.Rbx, Pixels];

    private static readonly Register[] s_kept = [Register.Rbx, Register.Rsi, Register.Rdi];

    /// <summary>The register with a part of a pixel's accumulators: channels 0 to 7, or 8 to 15.</summary>
    public static int Sum(int row, int part) => FirstAccumulator + (row * Parts) + part;

    /// <summary>The register with a pixel's place.</summary>
    protected Register Place(int row) => s_places[s_places.Length - Rows + row];

    /// <inheritdoc/>
    protected override void LoadPixels(Address panelStep)
    {
        for (int row = 0; row < Rows; row++)
        {
            Code.Load(Place(row), new Address(Pixels, row * sizeof(byte*)));
        }
    }

    /// <inheritdoc/>
    protected override void LoadSums()
    {
        for (int part = 0; part < Parts; part++)
        {
            Code.LoadVector(Sum(0, part), new Address(Temporary, part * VectorBytes));
            for (int row = 1; row < Rows; row++)
            {
                Code.MoveVector(Sum(row, part), Sum(0, part));
            }
        }
    }

    /// <inheritdoc/>
    protected override void StoreSums()
    {
        for (int row = 0; row < Rows; row++)
        {
            for (int part = 0; part < Parts; part++)
            {
                int place = (row * GemmDriver.AccumulatorsPixelStep) + (part * VectorBytes);
                Code.StoreVector(new Address(Temporary, place), Sum(row, part));
            }
        }
    }

    /// <inheritdoc/>
    protected override void Keep(Address place, bool isWindows) => ForEachKept(
        place, isWindows, Code.Store, (target, register) => Code.StoreBytes(target, register, KeptBytes, isMasked: false));

    /// <inheritdoc/>
    protected override void Restore(Address place, bool isWindows) => ForEachKept(
        place, isWindows, (source, register) => Code.Load(register, source), (source, register) => Code.LoadBytes(register, source));

    private static void ForEachKept(Address place, bool isWindows, Action<Address, Register> write, Action<Address, int> writeVector)
    {
        foreach (Register register in s_kept)
        {
            write(place, register);
            place = place.Plus(sizeof(long));
        }

        for (int register = FirstKept; register < EndOfKept && isWindows; register++)
        {
            writeVector(place, register);
            place = place.Plus(KeptBytes);
        }
    }
}
