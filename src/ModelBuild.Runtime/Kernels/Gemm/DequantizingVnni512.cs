using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The end of the kernels of <see cref="UInt8Vnni512"/> whose rows have codes of their own: the operations of
/// <see cref="DynamicQuantization.Dequantize"/>, one by one and in its order, on sums that are still in their registers.
/// </summary>
internal static unsafe class DequantizingVnni512
{
    private const int VectorBytes = 64;

    private const int Sums = 0;
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
    /// <param name="firstSum">The vector register with the first row's sums; those of a panel lie together.</param>
    /// <param name="arguments">Where <see cref="FinishingArguments"/> are.</param>
    /// <param name="registers">
    /// The first row of the output and <see cref="RowParameters"/> of it, which become those behind the last; and one to use.
    /// </param>
    public static void Write(
        Assembler a, int rows, int panels, bool isPartial, int firstSum, Address arguments,
        (Register Output, Register Parameters, Register Temporary) registers)
    {
        FinishingArguments sample;
        byte* origin = (byte*)&sample;

        a.BroadcastInt32(Lowest, Field(&sample.Lowest));
        a.BroadcastInt32(Maximum, Field(&sample.Maximum));
        for (int panel = 0; panel < panels; panel++)
        {
            Load(Sums, Field(&sample.Sums), panel);
            Load(Scales, Field(&sample.Multipliers), panel);
            Load(Bias, Field(&sample.Bias), panel);
            for (int i = 0; i < rows; i++)
            {
                int value = firstSum + (panel * rows) + i;
                a.ConvertToFloat32(value, value);
                a.MultiplyByOne(Other, Sums, new Address(registers.Parameters, (i * sizeof(RowParameters)) + RowParameters.ZeroPointOffset));
                a.SubtractFloat32(value, Other);
                a.MultiplyByOne(value, value, new Address(registers.Parameters, (i * sizeof(RowParameters)) + RowParameters.ScaleOffset));
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
                int value = firstSum + (panel * rows) + i;
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

        Address Field(void* field) => arguments with { Displacement = arguments.Displacement + (int)((byte*)field - origin) };
    }
}
