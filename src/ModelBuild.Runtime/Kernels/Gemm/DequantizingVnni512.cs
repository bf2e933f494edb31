using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The end of the kernels of <see cref="UInt8Vnni512"/> whose rows have codes of their own: the operations of
/// <see cref="DynamicQuantization.Dequantize"/>, one by one and in its order, on accumulators that are still in their registers. Lanes are
/// columns: what belongs to them is padded to whole panels. Any value may come, NaN and infinity among the parameters of rows too.
/// <c>UInt8Vnni512Tests</c> holds it to that pass.
/// </summary>
internal static unsafe class DequantizingVnni512
{
    private const int VectorBytes = 64;

    private const int WeightSums = 0;
    private const int Scales = 1;
    private const int Bias = 2;
    private const int Lowest = 3;
    private const int Maximum = 4;
    private const int Other = 5;

    /// <summary>Writes what becomes of the sums of a tile.</summary>
    /// <param name="a">Where to.</param>
    /// <param name="rows">Rows, 1 to 8.</param>
    /// <param name="panels">Panels, 1 or 2.</param>
    /// <param name="isPartial">Whether channels of the last panel are missing.</param>
    /// <param name="firstAccumulator">The vector register with the first row's accumulators; those of a panel lie together.</param>
    /// <param name="arguments">Where <see cref="FinishingArguments"/> are.</param>
    /// <param name="registers">
    /// The first row of the output and <see cref="RowParameters"/> of it, which become those behind the last; and one to use.
    /// </param>
    public static void Write(
        Assembler a, int rows, int panels, bool isPartial, int firstAccumulator, Address arguments,
        (Register Output, Register Parameters, Register Temporary) registers)
    {
        FinishingArguments sample;
        byte* origin = (byte*)&sample;

        a.BroadcastInt32(Lowest, Field(&sample.MinimumFloat));
        a.BroadcastInt32(Maximum, Field(&sample.Maximum));
        for (int panel = 0; panel < panels; panel++)
        {
            Load(WeightSums, Field(&sample.WeightSums), panel);
            Load(Scales, Field(&sample.Multipliers), panel);
            Load(Bias, Field(&sample.Bias), panel);
            for (int i = 0; i < rows; i++)
            {
                int value = firstAccumulator + (panel * rows) + i;
                int parameters = i * sizeof(RowParameters);
                a.ConvertToFloat32(value, value);
                a.MultiplyByBroadcast(Other, WeightSums, new Address(registers.Parameters, parameters + RowParameters.ZeroPointOffset));
                a.SubtractFloat32(value, Other);
                a.MultiplyByBroadcast(value, value, new Address(registers.Parameters, parameters + RowParameters.ScaleOffset));
                a.Multiply(value, value, Scales);
                a.AddFloat32(value, Bias);

                // NaN stays: both return the second where one is.
                a.Maximum(value, Lowest, value);
                a.Minimum(value, Maximum, value);
            }
        }

        for (int i = 0; i < rows; i++)
        {
            for (int panel = 0; panel < panels; panel++)
            {
                var target = new Address(registers.Output, panel * VectorBytes);
                int value = firstAccumulator + (panel * rows) + i;
                if (isPartial && panel == panels - 1)
                {
                    a.StoreMasked(target, value);
                }
                else
                {
                    a.StoreVector(target, value);
                }
            }

            a.Add(registers.Output, Field(&sample.OutputStep));
        }

        a.Add(registers.Parameters, rows * sizeof(RowParameters));

        void Load(int target, Address pointer, int panel)
        {
            a.Load(registers.Temporary, pointer);
            a.LoadVector(target, new Address(registers.Temporary, panel * VectorBytes));
        }

        Address Field(void* field) => arguments.Plus((int)((byte*)field - origin));
    }
}
